FROM gradle:8.10-jdk21
WORKDIR /src
COPY . .
RUN gradle bootJar
EXPOSE 8080
CMD ["java", "-jar", "build/libs/app.jar"]
