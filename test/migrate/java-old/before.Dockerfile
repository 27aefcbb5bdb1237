FROM openjdk:8-jre-alpine
RUN apk --no-cache add curl
COPY target/app.jar /app.jar
HEALTHCHECK CMD curl -f http://localhost:8080/health
CMD ["sh", "-c", "exec java -Xmx256m -jar /app.jar"]
