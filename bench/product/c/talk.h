/* The messages of the load client of whole products: what is under way, and the checks of what
   comes. */
#ifndef TALK_H
#define TALK_H

#include "wire.h"

#define TEXT_SIZE 120
#define ID_SIZE 36

typedef struct {
    Client client; /* the first field, so that a Client is its Member */
    int port;
    char *token;
    int under_way;
    uint32_t seqs[RING]; /* the number that the server gave to each message in the ring */
    uint64_t *beyond; /* for each sender of the room: which messages after its next one came */
    uint32_t last_seq; /* of what was heard last */
} Member;

typedef struct {
    char id[ID_SIZE + 1];
    Member **members;
    int count;
    uint32_t first_seq, last_seq; /* of this run; 0 before its first message */
    long sent;
    uint8_t *taken; /* for each number from `first_seq` on: whether a message has it */
    uint32_t room;
} Talk;

typedef struct {
    int clients, opened, ready, talks;
    Talk *talk;
    Member **member;
    long client_ids;
} Crowd;

typedef struct {
    int senders, depth; /* the first clients send, each at most `depth` at a time */
    int turn;
    bool chain; /* one ack leads to the next message */
    double until, moved;
    long sent, open, delivered, pings, others;
    long reordered; /* a sender's own messages that a member heard in another order */
    long unsorted;  /* messages that a member heard after one with a higher number */
    double *latency;
    long acks;
} Run;

extern Crowd crowd;
extern Run run;

/* Lets the next client send that has fewer than `depth` under way. Returns false if none has. The
   wait for the ack counts from `due`. */
bool send_next(double due);

/* Ends the process with an error unless the numbers of each room have no gap. */
void check_numbers(void);

#endif
