/* The messages of the load client: what is under way, and the checks of what comes. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "wire.h"

#define TEXT_SIZE 200

typedef struct {
    Client **members;
    int count;
    char tail[TEXT_SIZE + 64]; /* the end of every message, which follows its two numbers */
    int tail_size;
} Room;

typedef struct {
    int port, server, clients, ready, rooms;
    Room *room;
    Client **client;
} World;

typedef struct {
    int senders; /* in each room */
    bool chain;  /* one message leads to the next */
    double moved;
    double budget, glanced; /* the server's CPU seconds, and when they were read last */
    long sent, open, delivered, pings;
    double *latency;
    long acks;
    bool asked;
} Run;

extern World world;
extern Run run;

void send_message(Client *client);

/* The CPU seconds that the server has used. */
double server_cpu(void);

#endif
