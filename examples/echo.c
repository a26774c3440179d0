/* Sends back what peers say that have proved themselves:
 *   echo GATEWAY-URL TLS-ROOTS TLS-CERTIFICATE TLS-KEY */
#include <troth/atls.h>

#include <stdio.h>

static void show(void* context, const struct troth_verdict* verdict) {
  (void)context;
  printf("%s: %s %s\n", verdict->address, verdict->is_trusted ? "trusted" : "refused",
         verdict->is_trusted ? verdict->signers : verdict->reason);
  fflush(stdout);
}

int main(int argc, char** argv) {
  struct troth_options how;
  troth_side* side = NULL;
  troth_listener* listener = NULL;
  troth_options_init(&how);
  if (argc != 5)
    return 2;
  how.gateway = argv[1];
  how.tls_roots = argv[2];
  how.tls_certificate = argv[3];
  how.tls_key = argv[4];
  how.renew = TROTH_OFFERED;
  how.on_verdict = show;
  if (troth_open(TROTH_SERVER, &how, &side) || troth_listen(side, "localhost", "0", &listener)) {
    fprintf(stderr, "echo: %s\n", troth_last_error());
    return 1;
  }
  printf("listening on localhost:%u\n", (unsigned)troth_port(listener));
  fflush(stdout);
  for (;;) {
    troth_connection* with = NULL;
    char bytes[4096];
    size_t size = 0;
    const int refused = troth_accept(listener, &with);
    if (refused == TROTH_UNAVAILABLE)
      break;
    if (refused) {
      fprintf(stderr, "echo: %s\n", troth_last_error());
      continue;
    }
    while (!troth_read(with, bytes, sizeof bytes, &size) && size > 0)
      if (troth_write(with, bytes, size))
        break;
    troth_close(with);
  }
  troth_listener_free(listener);
  troth_free(side);
  return 0;
}
