/* Sends messages and checks what comes: each text, that every member gets every message once, that
   ack and deliveries tell the same number, and that no number is given twice. */
#include "talk.h"

#define NAMESPACE "/rooms,"

Crowd crowd;
Run run;

static char padding[TEXT_SIZE + 1];

/* A text begins with its sender's place in the room and the number of the message. */
static int write_text(char *text, int seat, uint32_t number) {
    if (!*padding) memset(padding, 'x', TEXT_SIZE);
    int head = snprintf(text, TEXT_SIZE, "%d %u ", seat, number);
    memcpy(text + head, padding, TEXT_SIZE - head);
    return TEXT_SIZE;
}

static void send_message(Member *member, double due) {
    Client *client = &member->client;
    Talk *talk = &crowd.talk[client->room];
    Message *message = &client->ring[client->sent % RING];
    if (message->left || (message->sent && !message->acked)) die("too many messages under way");
    char packet[512];
    int size = snprintf(packet, sizeof packet,
        "42" NAMESPACE "%u[\"send_message\",{\"room_id\":\"%s\",\"client_id\":"
        "\"%08lx-0000-4000-8000-0123456789ab\",\"text\":\"",
        client->sent, talk->id, ++crowd.client_ids);
    size += write_text(packet + size, client->seat, client->sent);
    memcpy(packet + size, "\"}]", 3);
    *message = (Message){.sent = due, .left = talk->count};
    member->seqs[client->sent % RING] = 0;
    client->sent++;
    member->under_way++;
    talk->sent++;
    run.sent++;
    run.open++;
    client_send(client, packet, size + 3);
}

bool send_next(double due) {
    for (int tried = 0; tried < run.senders; tried++) {
        Member *member = crowd.member[run.turn++ % run.senders];
        if (member->under_way >= run.depth) continue;
        send_message(member, due);
        return true;
    }
    return false;
}

static void settle(Message *message) {
    if (message->left || !message->acked) return;
    message->sent = 0;
    run.open--;
}

static const char *after(const char *at, const char *end, const char *what, size_t size) {
    const char *found = memmem(at, end - at, what, size);
    if (!found) die("a packet without %.*s: %.60s", (int)size - 1, what + 1, at);
    return found + size;
}
#define AFTER(at, end, what) after(at, end, what, sizeof what - 1)

static unsigned seq_in(const char *at, const char *end) {
    at = AFTER(at, end, "\"seq\":");
    return number_at(&at, end);
}

static void take_number(Talk *talk, uint32_t seq) {
    if (!talk->first_seq) talk->first_seq = seq;
    /* Another sender's message may have come first. */
    if (seq < talk->first_seq) {
        uint32_t more = talk->first_seq - seq;
        if (talk->room < talk->last_seq - seq + 1) {
            talk->room = talk->last_seq - seq + 1024;
            talk->taken = realloc(talk->taken, talk->room);
        }
        memmove(talk->taken + more, talk->taken, talk->last_seq - talk->first_seq + 1);
        memset(talk->taken, 0, more);
        talk->first_seq = seq;
    }
    uint32_t place = seq - talk->first_seq;
    if (seq > talk->last_seq) {
        uint32_t held = talk->last_seq ? talk->last_seq - talk->first_seq + 1 : 0;
        if (place >= talk->room) {
            talk->room = place * 2 + 1024;
            talk->taken = realloc(talk->taken, talk->room);
        }
        memset(talk->taken + held, 0, place + 1 - held);
        talk->last_seq = seq;
    }
    if (talk->taken[place]) die("two messages have the number %u", seq);
    talk->taken[place] = 1;
}

/* All who hear of a message hear the same number. */
static void same_number(Member *sender, unsigned number, uint32_t seq) {
    uint32_t *known = &sender->seqs[number % RING];
    if (!*known) take_number(&crowd.talk[sender->client.room], *known = seq);
    else if (*known != seq) die("message %u has the numbers %u and %u", number, *known, seq);
}

void check_numbers(void) {
    for (int i = 0; i < crowd.talks; i++) {
        Talk *talk = &crowd.talk[i];
        long span = talk->sent ? (long)talk->last_seq - talk->first_seq + 1 : 0;
        if (span != talk->sent) die("%ld messages have numbers over %ld", talk->sent, span);
    }
}

/* Notes that a member has heard a message; twice is an error. */
static void hear(Client *client, unsigned seat, unsigned number) {
    uint32_t *next = &client->heard[seat];
    uint64_t *beyond = &((Member *)client)->beyond[seat];
    if (number != *next) run.reordered++;
    if (number < *next || number - *next >= 64 || (*beyond >> (number - *next) & 1))
        die("message %u of a sender was heard twice, or far too late", number);
    *beyond |= 1ull << (number - *next);
    while (*beyond & 1) {
        *beyond >>= 1;
        ++*next;
    }
}

static void on_message(Client *client, const char *at, const char *end) {
    Member *member = (Member *)client;
    if (client->room < 0) die("a message for one who is in no room");
    Talk *talk = &crowd.talk[client->room];
    uint32_t seq = seq_in(at, end);
    const char *text = AFTER(at, end, "\"text\":\""), *rest = text;
    unsigned seat = number_at(&rest, end);
    if (rest++ == end) die("a text without a number");
    unsigned number = number_at(&rest, end);
    int left = TEXT_SIZE - (int)(rest + 1 - text);
    if (end - rest < left + 2 || memcmp(rest + 1, padding, left) || rest[left + 1] != '"')
        die("a message with another text");
    if (seat >= (unsigned)talk->count) die("a message of nobody");
    Member *sender = talk->members[seat];
    if (number >= sender->client.sent) die("a message that was not sent");
    hear(client, seat, number);
    same_number(sender, number, seq);
    if (seq < member->last_seq) run.unsorted++;
    member->last_seq = seq;
    run.delivered++;
    Message *message = &sender->client.ring[number % RING];
    message->left--;
    settle(message);
}

static void on_ack(Client *client, const char *at, const char *end) {
    Member *member = (Member *)client;
    unsigned number = number_at(&at, end);
    Message *message = &client->ring[number % RING];
    if (number >= client->sent || message->acked || !message->sent) die("an ack of nothing");
    if (end - at < 11 || memcmp(at, "[{\"ok\":true", 11)) die("refused: %.*s", (int)(end - at), at);
    same_number(member, number, seq_in(at, end));
    message->acked = true;
    member->under_way--;
    if (run.acks % 65536 == 0)
        run.latency = realloc(run.latency, (run.acks + 65536) * sizeof *run.latency);
    double at_once = now();
    run.latency[run.acks++] = at_once - message->sent;
    settle(message);
    if (run.chain && at_once < run.until) send_next(at_once);
}

static void join(Client *client) {
    char packet[1000];
    int size = snprintf(packet, sizeof packet, "40" NAMESPACE "{\"token\":\"%s\"}",
        ((Member *)client)->token);
    client_send(client, packet, size);
}

static void on_ready(Client *client) {
    if (client->ready) die("connected twice");
    client->ready = true;
    crowd.ready++;
}

#define BEGINS(with) begins(packet, size, with, sizeof with - 1)

void on_packet(Client *client, const char *packet, size_t size) {
    const char *end = packet + size;
    /* Pings come even if nothing else does. */
    if (size > 1) run.moved = now();
    if (BEGINS("42" NAMESPACE "[\"message_created\"")) {
        on_message(client, packet, end);
    } else if (BEGINS("43" NAMESPACE)) {
        on_ack(client, packet + sizeof "43" NAMESPACE - 1, end);
    } else if (BEGINS("42")) {
        run.others++;
    } else if (size == 1 && *packet == '2') {
        run.pings++;
        client_send(client, "3", 1);
    } else if (BEGINS("40" NAMESPACE "{\"sid\"")) {
        on_ready(client);
    } else if (*packet == '0') {
        join(client);
    } else {
        die("what is %.*s", (int)(size < 60 ? size : 60), packet);
    }
}
