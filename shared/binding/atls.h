#ifndef TROTH_ATLS_H
#define TROTH_ATLS_H

/* Attested TLS for programs in C: a TLS 1.3 connection of which the program sees nothing before
 * both sides have proved what they run. Reports are made, and those of peers judged, by a gateway.
 *
 *   struct troth_options how;
 *   troth_options_init(&how);
 *   how.gateway = "unix:///run/troth/gateway/socket";
 *   how.tls_roots = "tls-ca.pem";
 *   troth_side* side = NULL;
 *   troth_connection* with = NULL;
 *   if (troth_open(TROTH_CLIENT, &how, &side) || troth_dial(side, "device.example", "4433", &with))
 *     fprintf(stderr, "%s\n", troth_last_error());
 *
 * Functions that return int return 0, or the number of an error, which troth_last_error tells in
 * words. An object is for one thread at a time, but for what is said to be for any. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct troth_side troth_side;
typedef struct troth_listener troth_listener;
typedef struct troth_connection troth_connection;

enum troth_role { TROTH_CLIENT, TROTH_SERVER };

/* Who proves itself. Both sides must say the same. */
enum troth_mode { TROTH_MUTUAL, TROTH_ONLY_CLIENT, TROTH_ONLY_SERVER, TROTH_NOBODY };

/* Whether both sides may have to attest again while a connection lives. */
enum troth_renewing { TROTH_NEVER, TROTH_OFFERED, TROTH_DEMANDED };

/* Those that a program may want to tell apart; the others are numbers of their own. */
enum troth_error {
  TROTH_UNTRUSTED = 8,    /* the peer's certificate or its report is refused */
  TROTH_MISSING = 11,     /* an option, or the peer's report */
  TROTH_FORBIDDEN = 13,   /* the peer refuses us, or demands another mode */
  TROTH_IO = 64,          /* a file, or the connection */
  TROTH_UNAVAILABLE = 67, /* nobody there, or closed */
  TROTH_TIMEOUT = 68,     /* not done in time */
  TROTH_INTERNAL = 69     /* a malfunction of ours, or a wrong argument */
};

/* What a verdict on a peer was; for the time of the call alone. */
struct troth_verdict {
  int is_trusted;
  const char* reason;          /* why not: the rules that failed */
  const char* signers;         /* whose keys signed its evidence, each on a line */
  const char* address;         /* ADDRESS:PORT */
  const unsigned char* result; /* the attestation result, JSON */
  size_t result_size;          /* in bytes */
};

/* Texts may be NULL where nothing is said of them. They are copied. */
struct troth_options {
  const char* gateway;             /* its URL: https, http, grpcs, grpc, coaps, coap, unix, tcp.
                                      Needed, but for TROTH_NOBODY: it makes our reports */
  const char* gateway_ca;          /* PEM file: whom to trust with its TLS */
  const char* gateway_certificate; /* PEM file: who we are to it */
  const char* gateway_key;         /* PEM file */
  const char* gateway_token_file;  /* a bearer token */
  const char* tls_roots;           /* PEM file: whom a peer's certificate chains to. Needed */
  const char* tls_certificate;     /* PEM file; a server's is needed */
  const char* tls_key;             /* PEM file, or what the provider opens */
  const char* tls_provider;        /* of OpenSSL's, e.g. "tpm2"; NULL: none */
  const char* tls_key_id;          /* of a TLS key that the gateway signs with, instead of these */
  const char* appraisal_roots;     /* PEM file: whom to trust in an appraisal in this process; NULL:
                                      the gateway appraises */
  const char* policy;              /* a name that the appraiser knows, or a file for one in this
                                      process; NULL: its own choice */
  const char* signer;              /* whose key must sign the peer's evidence; NULL: anybody's */
  int mode;                        /* an enum troth_mode: TROTH_MUTUAL */
  int renew;                       /* an enum troth_renewing: TROTH_NEVER */
  unsigned renew_every_ms;         /* 0: when troth_renew says so */
  unsigned deadline_ms;            /* of connecting and both attestations: 10,000 */
  int takes_anonymous_clients;     /* 0: a server refuses clients without a certificate */
  /* Called with each verdict on a peer, on any thread. */
  void (*on_verdict)(void* context, const struct troth_verdict* verdict);
  void* context;
};

/* Sets what the comments above name, and nothing for the others. */
void troth_options_init(struct troth_options* options);

/* Opens one side of connections to come: a client's dials, a server's listens. role: an enum
 * troth_role. */
int troth_open(int role, const struct troth_options* options, troth_side** out);

/* Waits for what is under way. Connections and listeners of it are to be gone before. */
void troth_free(troth_side* side);

/* Dials, and waits until both have proved themselves. The peer's certificate must be for host. */
int troth_dial(troth_side* side, const char* host, const char* port, troth_connection** out);

/* Listens. Port "0": any that is free. */
int troth_listen(troth_side* side, const char* host, const char* port, troth_listener** out);

uint16_t troth_port(const troth_listener* listener);

/* Waits for the next peer, and until both have proved themselves. After an error, but for
 * TROTH_UNAVAILABLE, the next may be better. */
int troth_accept(troth_listener* listener, troth_connection** out);

/* Ends it: an accept that waits returns TROTH_UNAVAILABLE. For any thread. */
void troth_stop(troth_listener* listener);

void troth_listener_free(troth_listener* listener);

/* Reads what there is, at least one byte; *got is 0 at the end. */
int troth_read(troth_connection* from, void* into, size_t size, size_t* got);

/* Writes all of it. */
int troth_write(troth_connection* to, const void* data, size_t size);

/* Has the peer prove itself again, and waits for it. After an error the connection is closed. */
int troth_renew(troth_connection* with);

/* Returns the peer's address, the SHA-256 of its certificate in hex (empty: it showed none), and
 * whose keys signed its evidence, each on a line. They live as long as the connection. */
const char* troth_peer_address(const troth_connection* with);
const char* troth_peer_fingerprint(const troth_connection* with);
const char* troth_peer_signers(const troth_connection* with);

/* Closes and frees it. */
void troth_close(troth_connection* with);

/* Returns what went wrong last in this thread, for people; never NULL. */
const char* troth_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
