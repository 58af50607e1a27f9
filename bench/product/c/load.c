/* A load client for chat servers that speak this product's protocol: `product-load`. It reads one
   command a line from stdin and prints one JSON object a line for each command that is marked with
   an asterisk, when it is done. It answers PINGs all the time.

     room ID                    one more room, with this id
     client PORT ROOM TOKEN     one more client, of the server at PORT; ROOM is the place of its room
                                in the order above, or -1 for one whose rooms are not used
   * connect PARALLEL           connects all clients that are not connected yet
   * flight SENDERS N SECONDS   the first SENDERS clients send in turn, N messages at a time in all,
                                each ack leads to the next one, for so many seconds
   * pace SENDERS RATE SECONDS  the same clients send RATE messages a second in all; a client sends
                                its next message once the one before it is acknowledged
   * hold SECONDS               only pings

   Every message is checked (see talk.c); what is wrong ends the process with an error. That a
   sender's own messages come in another order is counted. */
#include "talk.h"

#define PATIENCE 30.0
/* How long to wait for what must not come: a message that is delivered twice. */
#define LINGER 0.2

int epoll;

static void patience(void) {
    if (now() - run.moved > PATIENCE) die("nothing comes any more, %ld under way", run.open);
}

static double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void begin(int senders) {
    free(run.latency);
    run = (Run){.senders = senders, .moved = now()};
    if (senders < 1 || senders > crowd.clients) die("%d of %d clients", senders, crowd.clients);
    for (int i = 0; i < crowd.talks; i++) {
        crowd.talk[i].first_seq = crowd.talk[i].last_seq = 0;
        crowd.talk[i].sent = 0;
    }
    for (int i = 0; i < crowd.clients; i++) {
        Member *member = crowd.member[i];
        Client *client = &member->client;
        int count = client->room < 0 ? 0 : crowd.talk[client->room].count;
        client->sent = 0;
        memset(client->ring, 0, sizeof client->ring);
        free(client->heard);
        free(member->beyond);
        client->heard = calloc(count + 1, sizeof *client->heard);
        member->beyond = calloc(count + 1, sizeof *member->beyond);
    }
}

static void report(double seconds, double cpu) {
    linger(LINGER);
    check_numbers();
    sort_times(run.latency, run.acks);
    if (run.acks != run.sent) die("%ld acks of %ld messages", run.acks, run.sent);
    printf("{\"seconds\": %.6f, \"messages\": %ld, \"deliveries\": %ld, \"others\": %ld, "
           "\"reordered\": %ld, \"unsorted\": %ld, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
           "\"load_cpu\": %.3f}\n",
        seconds, run.sent, run.delivered, run.others, run.reordered, run.unsorted,
        run.latency[run.acks / 2] * 1e3, run.latency[run.acks * 99 / 100] * 1e3, cpu);
}

/* Commands */

static void add_room(const char *id) {
    if (strlen(id) != ID_SIZE) die("%s is no id", id);
    crowd.talk = realloc(crowd.talk, (crowd.talks + 1) * sizeof *crowd.talk);
    Talk *talk = &crowd.talk[crowd.talks++];
    *talk = (Talk){0};
    strcpy(talk->id, id);
}

static void add_client(int port, int room, const char *token) {
    if (room >= crowd.talks) die("there is no room %d", room);
    Member *member = calloc(1, sizeof *member);
    crowd.member = realloc(crowd.member, (crowd.clients + 1) * sizeof *crowd.member);
    crowd.member[crowd.clients++] = member;
    member->port = port;
    member->token = strdup(token);
    member->client.room = room;
    if (room < 0) return;
    Talk *talk = &crowd.talk[room];
    talk->members = realloc(talk->members, (talk->count + 1) * sizeof *talk->members);
    member->client.seat = talk->count;
    talk->members[talk->count++] = member;
}

static void do_connect(int parallel) {
    double began = now();
    run.moved = began;
    while (crowd.ready < crowd.clients) {
        while (crowd.opened < crowd.clients && crowd.opened - crowd.ready < parallel) {
            Member *member = crowd.member[crowd.opened];
            client_open(&member->client, member->port, crowd.opened++, false);
        }
        turn(0.1);
        patience();
    }
    printf("{\"seconds\": %.6f}\n", now() - began);
}

static void do_flight(int senders, int under_way, double seconds) {
    begin(senders);
    double began = now(), cpu = own_cpu();
    run.chain = true;
    run.depth = (under_way + senders - 1) / senders;
    run.until = began + seconds;
    for (int i = 0; i < under_way; i++) send_next(now());
    while (run.open) {
        turn(0.1);
        patience();
    }
    report(now() - began, own_cpu() - cpu);
}

static void do_pace(int senders, double rate, double seconds) {
    begin(senders);
    double began = now(), cpu = own_cpu(), until = began + seconds;
    run.depth = 1;
    while (run.open || now() < until) {
        double due = began + run.sent / rate;
        while (due <= now() && due < until && send_next(due)) due = began + run.sent / rate;
        turn(due < until && due > now() ? due - now() : 0.005);
        patience();
    }
    report(now() - began, own_cpu() - cpu);
}

static void do_hold(double seconds) {
    long before = run.pings;
    linger(seconds);
    printf("{\"pings\": %ld}\n", run.pings - before);
}

static void obey(const char *line) {
    int a, b;
    double rate, seconds;
    char word[1000];
    if (sscanf(line, "room %999s", word) == 1)
        add_room(word);
    else if (sscanf(line, "client %d %d %999s", &a, &b, word) == 3)
        add_client(a, b, word);
    else if (sscanf(line, "connect %d", &a) == 1)
        do_connect(a);
    else if (sscanf(line, "flight %d %d %lf", &a, &b, &seconds) == 3)
        do_flight(a, b, seconds);
    else if (sscanf(line, "pace %d %lf %lf", &a, &rate, &seconds) == 3)
        do_pace(a, rate, seconds);
    else if (sscanf(line, "hold %lf", &seconds) == 1)
        do_hold(seconds);
    else
        die("no such command");
}

/* Between commands the loop answers pings. No client has the file descriptor of stdin. */
int main(void) {
    static char lines[1 << 16];
    size_t held = 0;
    raise_file_limit();
    setvbuf(stdout, NULL, _IOLBF, 0);
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    epoll = epoll_create1(0);
    for (;;) {
        ssize_t size = read(0, lines + held, sizeof lines - held - 1);
        if (!size) return 0;
        if (size < 0) {
            turn(0.005);
            continue;
        }
        held += size;
        char *from = lines, *end;
        while ((end = memchr(from, '\n', lines + held - from))) {
            *end = 0;
            obey(from);
            from = end + 1;
        }
        held -= from - lines;
        memmove(lines, from, held);
    }
}
