FROM registry.example/nginx:1.26
COPY dist /usr/share/nginx/html
EXPOSE 8080
