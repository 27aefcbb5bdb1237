FROM registry.example/openjdk:21
COPY target/app.jar /app.jar
CMD ["java", "-Xmx256m", "-jar", "/app.jar"]
