FROM registry.example/php:8.4-fpm_libzip5-php8.4-mysql-php8.4-zip
WORKDIR /var/www/html
COPY --chown=65532:65532 . .
USER 65532
