/* Counts its visitors in SQLite: one connection after the other. */
#include "hits.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void stop(int number)
{
    (void)number;
    _exit(0);
}

static int listen_on(int port)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int yes = 1;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0) {
        perror("listen");
        exit(1);
    }
    return listener;
}

static void answer(int client, const char *request)
{
    char body[64], response[256];
    const char *status = "200 OK";
    long long hits;
    if (strncmp(request, "GET /health ", 12) == 0) {
        snprintf(body, sizeof body, "{\"status\":\"ok\"}");
    } else if (strncmp(request, "GET / ", 6) != 0) {
        status = "404 Not Found";
        snprintf(body, sizeof body, "{\"error\":\"not found\"}");
    } else if ((hits = hits_add()) < 0) {
        status = "500 Internal Server Error";
        snprintf(body, sizeof body, "{\"error\":\"the database failed\"}");
    } else {
        snprintf(body, sizeof body, "{\"hits\":%lld}", hits);
    }
    int length = snprintf(response, sizeof response,
        "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
        status, strlen(body), body);
    if (write(client, response, (size_t)length) != length) perror("write");
}

int main(int argc, char **argv)
{
    const char *path = getenv("DATABASE");
    int port = argc > 1 ? atoi(argv[1]) : 8081;
    struct timeval timeout = { .tv_sec = 5 };
    signal(SIGTERM, stop);
    signal(SIGPIPE, SIG_IGN);
    hits_open(path == NULL ? "hits.db" : path);
    int listener = listen_on(port);
    printf("hitcounter listens on %d\n", port);
    fflush(stdout);
    for (;;) {
        char request[4096];
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        ssize_t length = read(client, request, sizeof request - 1);
        if (length > 0) {
            request[length] = '\0';
            answer(client, request);
        }
        close(client);
    }
}
