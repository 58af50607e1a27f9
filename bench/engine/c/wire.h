/* Clients of an Engine.IO server: their connections, and the packets that they send and get. */
#ifndef WIRE_H
#define WIRE_H

#include "common.h"

/* The most messages of one sender that may be under way at a time. */
#define RING 64

typedef struct Client Client;

typedef struct {
    Client *client;
    int fd;
    Buffer rest; /* the beginning of an item that is not complete yet */
} Pipe;

typedef struct {
    double sent;
    int left; /* members that have not got it yet */
    bool acked;
} Message;

struct Client {
    Pipe pipe[2]; /* a polling client reads from the first and posts through the second */
    bool polling, upgraded, ready, posting;
    char sid[64];
    Buffer out; /* packets that wait for the current POST to end */
    int room, seat;
    uint32_t sent;   /* messages sent; they are numbered from 0 */
    uint32_t *heard; /* for each sender of the room: the number of its next message */
    Message ring[RING];
};

extern int epoll;

void client_open(Client *client, int port, int index, bool polling);
void client_send(Client *client, const char *packet, size_t size);
void pipe_readable(Pipe *pipe);

/* Takes what comes, for at most so many seconds or until something has come. */
void turn(double seconds);

/* Takes what comes for so many seconds: late packets too. */
void linger(double seconds);

/* Defined by the user of this module: called for every packet that comes. */
void on_packet(Client *client, const char *packet, size_t size);

#endif
