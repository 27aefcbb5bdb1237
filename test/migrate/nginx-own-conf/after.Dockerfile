FROM registry.example/nginx:1.26
COPY nginx/site.conf /etc/nginx/conf.d/default.conf
COPY public/ /usr/share/nginx/html/
EXPOSE 80
