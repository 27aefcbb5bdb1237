FROM fedora:41
ARG EXTRA
RUN dnf install -y rpmbuild-tool-of-ours $EXTRA && dnf clean all
COPY tool /usr/local/bin/tool
CMD ["tool"]
