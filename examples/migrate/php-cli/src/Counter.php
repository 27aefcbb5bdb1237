<?php

declare(strict_types=1);

namespace App;

/** A number in a file. */
final class Counter
{
    public function __construct(private readonly string $path)
    {
    }

    public function increase(): int
    {
        $file = fopen($this->path, 'c+');
        if ($file === false) {
            throw new \RuntimeException("cannot open {$this->path}");
        }
        flock($file, LOCK_EX);
        $value = (int) stream_get_contents($file) + 1;
        rewind($file);
        fwrite($file, (string) $value);
        fclose($file);
        return $value;
    }
}
