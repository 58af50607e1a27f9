/* Clients of an Engine.IO server: their connections, and packets in and out. */
#ifndef WIRE_H
#define WIRE_H

#include "common.h"

/* Messages of one sender that may be under way at a time. */
#define RING 64

typedef struct Client Client;

typedef struct {
    Client *client;
    int fd;
    Buffer rest; /* the beginning of something that is not all there yet */
} Pipe;

typedef struct {
    double sent;
    int left; /* members that have not heard it */
    bool acked;
} Message;

struct Client {
    Pipe pipe[2]; /* a polling client reads from the first and posts through the second */
    bool polling, upgraded, ready, posting;
    char sid[64];
    Buffer out; /* what waits for the POST under way */
    int room, seat;
    uint32_t sent;   /* messages, which are numbered from 0 */
    uint32_t *heard; /* by the senders of the room: the number that comes next */
    Message ring[RING];
};

extern int epoll;

void client_open(Client *client, int port, int index, bool polling);
void client_send(Client *client, const char *packet, size_t size);
void pipe_readable(Pipe *pipe);

/* The other side of it: called for every packet that comes. */
void on_packet(Client *client, const char *packet, size_t size);

#endif
