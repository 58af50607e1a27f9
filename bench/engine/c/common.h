/* What the load client and the bound of a server have in common. */
#ifndef COMMON_H
#define COMMON_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The key from the example in RFC 6455 and its answer, so that neither side needs SHA-1. */
#define WEBSOCKET_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define WEBSOCKET_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

typedef struct {
    char *data;
    size_t size, room;
} Buffer;

static inline void buffer_add(Buffer *buffer, const void *data, size_t size) {
    if (buffer->size + size > buffer->room) {
        buffer->room = (buffer->size + size) * 2;
        buffer->data = realloc(buffer->data, buffer->room);
    }
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

static inline void buffer_free(Buffer *buffer) {
    free(buffer->data);
    *buffer = (Buffer){0};
}

static inline double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Ends the process with an error as a line of JSON, the form of every answer. */
__attribute__((noreturn, format(printf, 1, 2))) static inline void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("{\"error\": \"");
    vprintf(format, args);
    printf("\"}\n");
    va_end(args);
    exit(1);
}

static inline void raise_file_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static inline void unblock(int fd) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

/* Returns the length of the websocket frame that begins at `data`, and sets `payload` and `length`;
   0 if the frame is not complete. Clients' frames are unmasked in place. */
static inline size_t frame_at(char *data, size_t size, char **payload, size_t *length) {
    const uint8_t *byte = (const uint8_t *)data;
    size_t head = 2;
    if (size < 4) { /* no frame has an empty payload; the shortest, "2" and "3", are three bytes */
        if (size < 3 || (byte[1] & 0x80)) return 0;
    }
    *length = byte[1] & 0x7f;
    if (*length == 126) {
        head = 4;
        *length = (size_t)byte[2] << 8 | byte[3];
    } else if (*length == 127) {
        if (size < 10) return 0;
        head = 10;
        *length = 0;
        for (int i = 2; i < 10; i++) *length = *length << 8 | byte[i];
    }
    bool masked = byte[1] & 0x80;
    size_t total = head + (masked ? 4 : 0) + *length;
    if (size < total) return 0;
    *payload = data + total - *length;
    if (masked)
        for (size_t i = 0; i < *length; i++) (*payload)[i] ^= data[head + (i & 3)];
    return total;
}

/* The number at the front of a packet, which is taken from it. */
static inline unsigned number_at(const char **at, const char *end) {
    unsigned number = 0;
    const char *from = *at;
    while (*at < end && **at >= '0' && **at <= '9') number = number * 10 + *(*at)++ - '0';
    if (*at == from) die("no number in a packet");
    return number;
}

static inline bool begins(const char *packet, size_t size, const char *with, size_t length) {
    return size >= length && !memcmp(packet, with, length);
}

static inline int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline void sort_times(double *times, size_t count) {
    qsort(times, count, sizeof *times, ascending);
}

#endif
