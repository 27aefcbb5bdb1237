<?php

declare(strict_types=1);

namespace App;

final class Dice
{
    public function __construct(private readonly Counter $rolls)
    {
    }

    /** @return array{int, array<string, int|string>} status and body */
    public function answer(string $path): array
    {
        return match ($path) {
            '/' => [200, ['roll' => random_int(1, 6), 'rolls' => $this->rolls->increase()]],
            '/health' => [200, ['status' => 'ok']],
            default => [404, ['error' => 'not found']],
        };
    }
}
