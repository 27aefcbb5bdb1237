<?php

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'App\\')) {
        require __DIR__ . '/../src/' . str_replace('\\', '/', substr($class, 4)) . '.php';
    }
});

$app = new App\Dice(new App\Counter(__DIR__ . '/../var/rolls'));
[$status, $body] = $app->answer(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/');

http_response_code($status);
header('Content-Type: application/json');
echo json_encode($body, JSON_THROW_ON_ERROR), "\n";
