/* Sends messages and checks what comes: every text, and that each member gets each sender's messages
   once and in order. */
#include "messages.h"

#define GLANCE 0.02

World world;
Run run;

void send_message(Client *client) {
    Room *room = &world.room[client->room];
    Message *message = &client->ring[client->sent % RING];
    if (message->left || (message->sent && !message->acked)) die("too many messages under way");
    char packet[512];
    int size = snprintf(packet, sizeof packet, "42%u[\"message\",{\"s\":%d,\"n\":%u", client->sent,
        client->seat, client->sent);
    memcpy(packet + size, room->tail, room->tail_size);
    *message = (Message){.sent = now(), .left = room->count};
    client->sent++;
    run.sent++;
    run.open++;
    client_send(client, packet, size + room->tail_size);
}

double server_cpu(void) {
    char path[64], line[512] = {0};
    unsigned long user, system;
    snprintf(path, sizeof path, "/proc/%d/stat", world.server);
    int fd = open(path, O_RDONLY);
    char *end = read(fd, line, sizeof line - 1) > 0 ? strrchr(line, ')') : NULL;
    close(fd);
    const char *fields = "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu";
    if (!end || sscanf(end + 2, fields, &user, &system) != 2)
        die("the server is gone");
    return (double)(user + system) / sysconf(_SC_CLK_TCK);
}

static bool goes_on(void) {
    double at = now();
    if (run.chain && at - run.glanced > GLANCE) {
        run.glanced = at;
        run.chain = server_cpu() < run.budget;
    }
    return run.chain;
}

static void settle(Client *client, Message *message) {
    if (message->left || !message->acked) return;
    message->sent = 0;
    run.open--;
    if (goes_on()) send_message(client);
}

static void on_message(Client *client, const char *at, const char *end) {
    Room *room = &world.room[client->room];
    unsigned seat = number_at(&at, end);
    if (end - at < 5 || memcmp(at, ",\"n\":", 5)) die("a message without its number");
    at += 5;
    unsigned number = number_at(&at, end);
    if (end - at != room->tail_size || memcmp(at, room->tail, room->tail_size))
        die("a message with another text");
    if (seat >= (unsigned)run.senders) die("a message of nobody");
    Client *sender = room->members[seat];
    if (number != client->heard[seat] || number >= sender->sent)
        die("message %u of a sender, not %u of %u", number, client->heard[seat], sender->sent);
    client->heard[seat]++;
    run.delivered++;
    Message *message = &sender->ring[number % RING];
    message->left--;
    settle(sender, message);
}

static void on_ack(Client *client, const char *at, const char *end) {
    unsigned number = number_at(&at, end);
    Message *message = &client->ring[number % RING];
    if (number >= client->sent || message->acked || !message->sent) die("an ack of nothing");
    message->acked = true;
    if (run.acks % 65536 == 0)
        run.latency = realloc(run.latency, (run.acks + 65536) * sizeof *run.latency);
    run.latency[run.acks++] = now() - message->sent;
    settle(client, message);
}

static void join(Client *client) {
    char packet[64];
    if (client->room < 0) strcpy(packet, "40{}");
    else snprintf(packet, sizeof packet, "40{\"room\":\"r%d\"}", client->room);
    client_send(client, packet, strlen(packet));
}

static void on_ready(Client *client) {
    if (client->ready) die("connected twice");
    client->ready = true;
    world.ready++;
    if (client->room < 0) return;
    Room *room = &world.room[client->room];
    room->members = realloc(room->members, (room->count + 1) * sizeof *room->members);
    client->seat = room->count;
    room->members[room->count++] = client;
}


void on_packet(Client *client, const char *packet, size_t size) {
    static const char message[] = "42[\"message\",{\"s\":";
    const char *end = packet + size;
    /* Pings come even if nothing else does. */
    if (size > 1) run.moved = now();
    if (begins(packet, size, message, sizeof message - 1)) {
        on_message(client, packet + sizeof message - 1, end);
    } else if (begins(packet, size, "43", 2) && run.asked) {
        printf("%.*s\n", (int)size - 3, packet + 3);
        run.asked = false;
    } else if (begins(packet, size, "43", 2)) {
        on_ack(client, packet + 2, end);
    } else if (size == 1 && *packet == '2') {
        run.pings++;
        client_send(client, "3", 1);
    } else if (begins(packet, size, "40{\"sid\"", 8)) {
        on_ready(client);
    } else if (*packet == '0') {
        join(client);
    } else {
        die("what is %.*s", (int)(size < 20 ? size : 20), packet);
    }
}
