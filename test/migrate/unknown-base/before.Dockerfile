FROM registry.example.com/team/base:7
RUN make
CMD ["/app"]
