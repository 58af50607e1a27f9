/* The least that any server must do, as a bound: `bound PORT PING_INTERVAL each|merged`. It knows
   only what the load client sends and checks nothing. With `each` it calls send() once for each
   delivery, with `merged` once for everything that a turn of its loop has for a socket. */
#include "common.h"

#define EVENTS 1024

typedef struct {
    int fd, room;
    bool upgraded;
    double ping;
    Buffer rest, acks, unsent;
} Peer;

typedef struct {
    Peer **members;
    int count;
    bool dirty;
    Buffer pending;
} Room;

static int epoll, listener, peers, dirty;
static Peer *peer[20000];
static Room room[20000], *waiting[20000];
static bool merged;
static double interval;
static char input[1 << 20];

static void watch(Peer *to, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = to};
    epoll_ctl(epoll, EPOLL_CTL_MOD, to->fd, &event);
}

/* What cannot be sent now waits, behind what waits already. */
static void push(Peer *to, struct iovec *parts, int count) {
    ssize_t sent = to->unsent.size ? 0 : writev(to->fd, parts, count);
    if (sent < 0) sent = 0;
    bool was_empty = !to->unsent.size;
    for (int i = 0; i < count; i++) {
        size_t size = parts[i].iov_len, skip = (size_t)sent < size ? (size_t)sent : size;
        sent -= skip;
        if (skip < size) buffer_add(&to->unsent, (char *)parts[i].iov_base + skip, size - skip);
    }
    if (was_empty && to->unsent.size) watch(to, EPOLLIN | EPOLLOUT);
}

static void on_writable(Peer *to) {
    ssize_t sent = write(to->fd, to->unsent.data, to->unsent.size);
    if (sent < 0) return;
    memmove(to->unsent.data, to->unsent.data + sent, to->unsent.size -= sent);
    if (!to->unsent.size) watch(to, EPOLLIN);
}

static size_t framed(char *frame, const char *text, size_t size) {
    size_t head = size < 126 ? 2 : 4;
    frame[0] = (char)0x81;
    frame[1] = (char)(size < 126 ? size : 126);
    if (head == 4) {
        frame[2] = (char)(size >> 8);
        frame[3] = (char)size;
    }
    memcpy(frame + head, text, size);
    return head + size;
}

static void send_text(Peer *to, const char *text) {
    char frame[256];
    push(to, &(struct iovec){frame, framed(frame, text, strlen(text))}, 1);
}

static void fan_out(Room *to, const char *text, size_t size) {
    char frame[1024];
    size = framed(frame, text, size);
    if (!merged) {
        for (int i = 0; i < to->count; i++) push(to->members[i], &(struct iovec){frame, size}, 1);
        return;
    }
    buffer_add(&to->pending, frame, size);
    if (!to->dirty) waiting[dirty++] = to;
    to->dirty = true;
}

static void flush(void) {
    while (dirty) {
        Room *from = waiting[--dirty];
        for (int i = 0; i < from->count; i++) {
            Peer *to = from->members[i];
            push(to, (struct iovec[]){{from->pending.data, from->pending.size},
                         {to->acks.data, to->acks.size}}, 2);
            to->acks.size = 0;
        }
        from->pending.size = 0;
        from->dirty = false;
    }
}

static void on_message(Peer *from, char *packet, size_t size) {
    char *body = memchr(packet, '[', size), *text = memmem(packet, size, "\"room\":\"r", 9);
    char ack[64], frame[64];
    int length = snprintf(ack, sizeof ack, "43%.*s[{\"ok\":true}]", (int)(body - packet - 2),
        packet + 2);
    memcpy(body - 2, "42", 2);
    fan_out(&room[atoi(text + 9)], body - 2, packet + size - body + 2);
    length = framed(frame, ack, length);
    if (merged) buffer_add(&from->acks, frame, length);
    else push(from, &(struct iovec){frame, length}, 1);
}

static void on_join(Peer *from, char *packet, size_t size) {
    char *name = memmem(packet, size, "\"room\":\"r", 9);
    if (name) {
        Room *to = &room[atoi(name + 9)];
        to->members = realloc(to->members, (to->count + 1) * sizeof *to->members);
        to->members[to->count++] = from;
    }
    send_text(from, "40{\"sid\":\"aaaaaaaaaaaaaaaaaaaa\"}");
}

static size_t take(Peer *from, char *data, size_t size) {
    char *payload, *end;
    size_t length, total;
    if (!from->upgraded) {
        static const char answer[] =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " WEBSOCKET_ACCEPT "\r\n\r\n";
        if (!(end = memmem(data, size, "\r\n\r\n", 4))) return 0;
        push(from, &(struct iovec){(void *)answer, sizeof answer - 1}, 1);
        send_text(from, "0{\"sid\":\"aaaaaaaaaaaaaaaaaaaa\",\"upgrades\":[],\"pingInterval\":25000,"
                        "\"pingTimeout\":20000,\"maxPayload\":100000}");
        from->upgraded = true;
        return end + 4 - data;
    }
    if (!(total = frame_at(data, size, &payload, &length))) return 0;
    if (length > 1 && payload[1] == '2') on_message(from, payload, length);
    else if (length > 1 && payload[1] == '0') on_join(from, payload, length);
    return total;
}

static bool on_readable(Peer *from) {
    size_t size = from->rest.size, taken;
    if (size) memcpy(input, from->rest.data, size);
    ssize_t got = read(from->fd, input + size, sizeof input - size);
    if (got <= 0) return false;
    size += got;
    char *data = input;
    while (size && (taken = take(from, data, size))) {
        data += taken;
        size -= taken;
    }
    from->rest.size = 0;
    if (size) buffer_add(&from->rest, data, size);
    else if (from->rest.data) buffer_free(&from->rest);
    return true;
}

static void on_connection(void) {
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        unblock(fd);
        Peer *fresh = calloc(1, sizeof *fresh);
        fresh->fd = fd;
        fresh->ping = now() + interval;
        peer[peers++] = fresh;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = fresh};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void ping(void) {
    static double next;
    double at = now();
    if (at < next) return;
    next = at + 0.1;
    for (int i = 0; i < peers; i++)
        if (peer[i]->ping <= at) {
            peer[i]->ping += interval;
            send_text(peer[i], "2");
        }
}

static void listen_at(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (void *)&at, sizeof at) || listen(listener, 1024))
        die("listen: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
}

/* Peers are never forgotten: a run is short. */
int main(int argc, char **argv) {
    static struct epoll_event events[EVENTS];
    if (argc != 4) die("usage: bound PORT PING_INTERVAL each|merged");
    interval = atof(argv[2]);
    merged = !strcmp(argv[3], "merged");
    raise_file_limit();
    epoll = epoll_create1(0);
    listen_at(atoi(argv[1]));
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, 100);
        for (int i = 0; i < count; i++) {
            Peer *from = events[i].data.ptr;
            if (!from) on_connection();
            else if (events[i].events & EPOLLOUT) on_writable(from);
            else if (!on_readable(from)) epoll_ctl(epoll, EPOLL_CTL_DEL, from->fd, NULL);
        }
        flush();
        ping();
    }
}
