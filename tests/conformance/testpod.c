/* What the pods of the conformance suite run: one static program, on this machine or in an image. */

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage[] =
    "usage:\n"
    "  testpod print           print line 1, line 2, ... to standard output and standard error, 10 a second\n"
    "  testpod stubborn        the same, and ignore SIGTERM\n"
    "  testpod say TEXT...     print each text on a line of its own\n"
    "  testpod exit CODE       print \"exit CODE\", then exit so\n"
    "  testpod both CODE       print \"out\" and \"err\" to the two streams, then exit so\n"
    "  testpod env NAME...     print the variables\n"
    "  testpod cat FILE        print the file\n"
    "  testpod touch FILE      make the file\n"
    "  testpod exists FILE     exit 0 if it exists, else 1\n"
    "  testpod listen PORT     accept and close connections\n"
    "  testpod serve PORT CODE answer any HTTP request with this status\n";

static void end(int signal) {
    (void)signal;
    _exit(0);
}

static void print_forever(void) {
    for (unsigned long n = 1;; n++) {
        printf("line %lu\n", n);
        fprintf(stderr, "error line %lu\n", n);
        usleep(100 * 1000);
    }
}

static int cat(const char *path) {
    char buffer[4096];
    size_t count;
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return 1;
    }
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0)
        fwrite(buffer, 1, count, stdout);
    return 0;
}

static int touch(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        return 1;
    }
    return fclose(file) != 0;
}

static int serve(int port, const char *status) {
    int yes = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 8)) {
        perror("listen");
        return 1;
    }
    for (;;) {
        char request[4096];
        int client = accept(server, NULL, NULL);
        if (status && read(client, request, sizeof request) > 0)
            dprintf(client, "HTTP/1.1 %s x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
        close(client);
    }
}

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    const char *first = argc > 2 ? argv[2] : "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    /* As the first process of a container it is spared every signal it does not handle. */
    signal(SIGTERM, strcmp(command, "stubborn") ? end : SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    if (!strcmp(command, "print") || !strcmp(command, "stubborn"))
        print_forever();
    if (!strcmp(command, "say")) {
        for (int i = 2; i < argc; i++)
            puts(argv[i]);
        return 0;
    }
    if (!strcmp(command, "exit")) {
        printf("exit %s\n", first);
        return atoi(first);
    }
    if (!strcmp(command, "both")) {
        puts("out");
        fputs("err\n", stderr);
        return atoi(first);
    }
    if (!strcmp(command, "env")) {
        for (int i = 2; i < argc; i++)
            printf("%s=%s\n", argv[i], getenv(argv[i]) ? getenv(argv[i]) : "(unset)");
        return 0;
    }
    if (!strcmp(command, "cat"))
        return cat(first);
    if (!strcmp(command, "touch"))
        return touch(first);
    if (!strcmp(command, "exists"))
        return access(first, F_OK) != 0;
    if (!strcmp(command, "listen"))
        return serve(atoi(first), NULL);
    if (!strcmp(command, "serve"))
        return serve(atoi(first), argc > 3 ? argv[3] : "200");
    fputs(usage, stderr);
    return 2;
}
