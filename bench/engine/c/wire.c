#include "wire.h"

#define SEPARATOR '\x1e'

static char input[4 << 20];

/* Clients connect from many addresses, because one address has only about 28,000 ports. */
static int dial(int port, int index) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index % 100);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
    /* Connections are closed at once, so that no port has to wait after a run. */
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    if (fd < 0 || bind(fd, (void *)&from, sizeof from) || connect(fd, (void *)&to, sizeof to))
        die("connect: %s", strerror(errno));
    unblock(fd);
    return fd;
}

static void pipe_open(Pipe *pipe, Client *client, int port, int index) {
    *pipe = (Pipe){.client = client, .fd = dial(port, index)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = pipe};
    epoll_ctl(epoll, EPOLL_CTL_ADD, pipe->fd, &event);
}

static void pipe_write(Pipe *pipe, const char *data, size_t size) {
    if (write(pipe->fd, data, size) != (ssize_t)size) die("write: %s", strerror(errno));
}

static void get(Client *client) {
    char head[256];
    int size = snprintf(head, sizeof head,
        "GET /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        *client->sid ? "&sid=" : "", client->sid);
    pipe_write(&client->pipe[0], head, size);
}

static void post(Client *client) {
    char head[256];
    int size = snprintf(head, sizeof head,
        "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %zu\r\n\r\n",
        client->sid, client->out.size);
    Buffer whole = {0};
    buffer_add(&whole, head, size);
    buffer_add(&whole, client->out.data, client->out.size);
    pipe_write(&client->pipe[1], whole.data, whole.size);
    buffer_free(&whole);
    client->out.size = 0;
    client->posting = true;
}

static void upgrade(Client *client) {
    static const char head[] =
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: " WEBSOCKET_KEY "\r\n\r\n";
    pipe_write(&client->pipe[0], head, sizeof head - 1);
}

void client_open(Client *client, int port, int index, bool polling) {
    client->polling = polling;
    pipe_open(&client->pipe[0], client, port, index);
    if (!polling) {
        upgrade(client);
        return;
    }
    pipe_open(&client->pipe[1], client, port, index);
    get(client);
}

static void send_frame(Client *client, const char *packet, size_t size) {
    /* The mask is never all zeroes, because a server might skip the unmasking then. */
    static const char key[4] = {0x37, (char)0xfa, 0x21, 0x3d};
    char frame[1024];
    size_t head = size < 126 ? 2 : 4;
    if (size + 8 > sizeof frame) die("too large a packet");
    frame[0] = (char)0x81;
    frame[1] = (char)(0x80 | (size < 126 ? size : 126));
    if (head == 4) {
        frame[2] = (char)(size >> 8);
        frame[3] = (char)size;
    }
    memcpy(frame + head, key, 4);
    for (size_t i = 0; i < size; i++) frame[head + 4 + i] = packet[i] ^ key[i & 3];
    pipe_write(&client->pipe[0], frame, head + 4 + size);
}

void client_send(Client *client, const char *packet, size_t size) {
    if (!client->polling) {
        send_frame(client, packet, size);
        return;
    }
    if (client->out.size) buffer_add(&client->out, &(char){SEPARATOR}, 1);
    buffer_add(&client->out, packet, size);
    if (!client->posting) post(client);
}

/* Each of these takes one item from the front and returns its length, or 0 if it is incomplete. */

static size_t take_upgrade(Client *client, char *data, size_t size) {
    char *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (strncmp(data, "HTTP/1.1 101", 12) || !memmem(data, size, WEBSOCKET_ACCEPT, 28))
        die("no upgrade: %.12s", data);
    client->upgraded = true;
    return end + 4 - data;
}

static size_t take_frame(Client *client, char *data, size_t size) {
    char *payload;
    size_t length, total = frame_at(data, size, &payload, &length);
    if (!total) return 0;
    if ((uint8_t)data[0] != 0x81) die("a frame that begins with %02x", (uint8_t)data[0]);
    on_packet(client, payload, length);
    return total;
}

static void on_body(Client *client, char *body, size_t size) {
    if (!*client->sid) {
        char *sid = memmem(body, size, "\"sid\":", 6);
        if (!sid || sscanf(sid + 6, " \"%63[^\"]", client->sid) != 1) die("no sid");
    }
    while (size) {
        char *end = memchr(body, SEPARATOR, size);
        size_t length = end ? (size_t)(end - body) : size;
        on_packet(client, body, length);
        length += end ? 1 : 0;
        body += length;
        size -= length;
    }
    get(client);
}

static size_t take_response(Pipe *pipe, char *data, size_t size) {
    Client *client = pipe->client;
    char *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    *end = 0;
    char *header = strcasestr(data, "\r\ncontent-length:");
    if (strncmp(data, "HTTP/1.1 200", 12) || !header) die("answered %.40s", data);
    size_t length = strtoul(header + 17, NULL, 10), head = end + 4 - data;
    *end = '\r';
    if (size < head + length) return 0;
    if (pipe == client->pipe) {
        on_body(client, end + 4, length);
    } else {
        client->posting = false;
        if (client->out.size) post(client);
    }
    return head + length;
}

static size_t take(Pipe *pipe, char *data, size_t size) {
    if (pipe->client->polling) return take_response(pipe, data, size);
    if (!pipe->client->upgraded) return take_upgrade(pipe->client, data, size);
    return take_frame(pipe->client, data, size);
}

void pipe_readable(Pipe *pipe) {
    size_t size = pipe->rest.size, taken;
    if (size) memcpy(input, pipe->rest.data, size);
    ssize_t got = read(pipe->fd, input + size, sizeof input - size);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) die("the server has closed a connection");
    size += got;
    char *data = input;
    while (size && (taken = take(pipe, data, size))) {
        data += taken;
        size -= taken;
    }
    pipe->rest.size = 0;
    if (size) buffer_add(&pipe->rest, data, size);
    else if (pipe->rest.data) buffer_free(&pipe->rest);
}

void turn(double seconds) {
    static struct epoll_event events[1024];
    long ns = seconds < 0 ? 0 : seconds * 1e9;
    struct timespec timeout = {ns / 1000000000, ns % 1000000000};
    int count = epoll_pwait2(epoll, events, 1024, &timeout, NULL);
    for (int i = 0; i < count; i++) pipe_readable(events[i].data.ptr);
}

void linger(double seconds) {
    for (double until = now() + seconds; now() < until;) turn(until - now());
}
