FROM registry.example/openjdk:21
COPY app.jar /opt/app.jar
CMD ["java", "-jar", "/opt/app.jar"]
