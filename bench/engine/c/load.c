/* A load client for Socket.IO servers: `load PORT PID`, the port and process id of the server. It
   reads one command a line from stdin and prints one JSON object a line when the command is done.
   It answers PINGs all the time.

     connect COUNT ROOMS PARALLEL websocket|polling   COUNT more clients, in ROOMS new rooms
     flight K CPU ROOM   in each room (or only in ROOM, if it is not -1) K members send, each once
                         all members have got its message before, until the server has used CPU
                         seconds of CPU time (other processes may use its core too)
     pace RATE SECONDS   all clients send in turn, RATE messages a second in total
     hold SECONDS        only pings
     ask EVENT           the first client sends one event and waits for its ack

   Every delivery is checked: its whole text, that it was sent, and that each member gets each
   sender's messages once and in order. A wrong delivery ends the process with an error. */
#include "messages.h"

#define PATIENCE 60.0

int epoll;

/* Waiting */

static void patience(void) {
    if (now() - run.moved > PATIENCE) die("nothing comes any more, %ld under way", run.open);
}

static void begin(int senders) {
    free(run.latency);
    memset(&run, 0, sizeof run);
    run.senders = senders;
    run.moved = now();
    for (int i = 0; i < world.clients; i++) {
        Client *client = world.client[i];
        client->sent = 0;
        memset(client->ring, 0, sizeof client->ring);
        free(client->heard);
        client->heard = calloc(senders + 1, sizeof *client->heard);
    }
}

static void report(double seconds) {
    sort_times(run.latency, run.acks);
    if (run.acks != run.sent) die("%ld acks of %ld messages", run.acks, run.sent);
    printf("{\"seconds\": %.6f, \"messages\": %ld, \"deliveries\": %ld, \"pings\": %ld, "
           "\"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
        seconds, run.sent, run.delivered, run.pings, run.latency[run.acks / 2] * 1e3,
        run.latency[run.acks * 99 / 100] * 1e3);
}

/* Commands */

static void add_rooms(int count) {
    int rooms = world.rooms + count;
    world.room = realloc(world.room, (rooms + 1) * sizeof *world.room);
    for (; world.rooms < rooms; world.rooms++) {
        Room *room = &world.room[world.rooms];
        *room = (Room){0};
        char text[TEXT_SIZE + 1] = {0};
        memset(text, 'x', TEXT_SIZE);
        room->tail_size = snprintf(room->tail, sizeof room->tail,
            ",\"room\":\"r%d\",\"text\":\"%s\"}]", world.rooms, text);
    }
}

static void add_client(int rooms, bool polling) {
    Client *client = calloc(1, sizeof *client);
    world.client = realloc(world.client, (world.clients + 1) * sizeof *world.client);
    world.client[world.clients] = client;
    client->room = rooms ? world.rooms - 1 - world.clients % rooms : -1;
    client_open(client, world.port, world.clients++, polling);
}

static void do_connect(int count, int rooms, int parallel, bool polling) {
    int wanted = world.clients + count;
    double began = now();
    run.moved = began;
    add_rooms(rooms);
    while (world.ready < wanted) {
        while (world.clients < wanted && world.clients - world.ready < parallel)
            add_client(rooms, polling);
        turn(0.1);
        patience();
    }
    printf("{\"seconds\": %.6f}\n", now() - began);
}

static void do_flight(int senders, double cpu, int room) {
    begin(senders);
    run.chain = true;
    run.budget = server_cpu() + cpu;
    double began = now();
    for (int i = room < 0 ? 0 : room; i < (room < 0 ? world.rooms : room + 1); i++)
        for (int seat = 0; seat < senders; seat++) send_message(world.room[i].members[seat]);
    while (run.open) {
        turn(0.1);
        patience();
    }
    double took = now() - began;
    linger(0.1);
    report(took);
}

static void do_pace(double rate, double seconds) {
    begin(world.room[0].count);
    double began = now(), until = began + seconds;
    while (run.open || now() < until) {
        double due = began + run.sent / rate;
        if (now() >= due && due < until) send_message(world.client[run.sent % world.clients]);
        due = began + run.sent / rate;
        turn(due < until ? due - now() : 0.01);
        patience();
    }
    double took = now() - began;
    linger(0.1);
    report(took);
}

static void do_hold(double seconds) {
    long before = run.pings;
    linger(seconds);
    printf("{\"pings\": %ld}\n", run.pings - before);
}

static void do_ask(const char *event) {
    char packet[64];
    run.asked = true;
    run.moved = now();
    client_send(world.client[0], packet, snprintf(packet, sizeof packet, "420[\"%s\"]", event));
    while (run.asked) {
        turn(0.1);
        patience();
    }
}

static void obey(const char *line) {
    int a, b, c;
    double rate, seconds;
    char word[16];
    if (sscanf(line, "connect %d %d %d %15s", &a, &b, &c, word) == 4)
        do_connect(a, b, c, !strcmp(word, "polling"));
    else if (sscanf(line, "flight %d %lf %d", &a, &seconds, &b) == 3)
        do_flight(a, seconds, b);
    else if (sscanf(line, "pace %lf %lf", &rate, &seconds) == 2)
        do_pace(rate, seconds);
    else if (sscanf(line, "hold %lf", &seconds) == 1)
        do_hold(seconds);
    else if (sscanf(line, "ask %15s", word) == 1)
        do_ask(word);
    else
        die("no such command");
}

/* Between commands the loop answers pings. No client has the file descriptor of stdin. */
int main(int argc, char **argv) {
    char line[128];
    if (argc != 3) die("usage: load PORT PID");
    world.port = atoi(argv[1]);
    world.server = atoi(argv[2]);
    raise_file_limit();
    setvbuf(stdout, NULL, _IOLBF, 0);
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    epoll = epoll_create1(0);
    for (;;) {
        ssize_t size = read(0, line, sizeof line - 1);
        if (!size) return 0;
        if (size > 0) {
            line[size] = 0;
            obey(line);
        } else {
            turn(0.005);
        }
    }
}
