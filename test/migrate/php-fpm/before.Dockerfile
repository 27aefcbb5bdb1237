FROM php:8.4-fpm
RUN apt-get update && apt-get install -y libzip-dev && docker-php-ext-install pdo_mysql zip
WORKDIR /var/www/html
COPY --chown=www-data:www-data . .
USER www-data
