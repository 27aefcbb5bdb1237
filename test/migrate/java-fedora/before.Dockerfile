FROM fedora:41
RUN dnf install -y java-21-openjdk-headless && dnf clean all
COPY app.jar /opt/app.jar
CMD ["java", "-jar", "/opt/app.jar"]
