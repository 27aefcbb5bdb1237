FROM gradle:8.10-jdk21 AS builder
WORKDIR /src
COPY . .
RUN gradle bootJar

FROM registry.example/openjdk:21
WORKDIR /src
COPY --from=builder /src/build/libs/app.jar ./build/libs/
EXPOSE 8080
CMD ["java", "-jar", "build/libs/app.jar"]
