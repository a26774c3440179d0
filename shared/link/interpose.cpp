// Five functions of OpenSSL's, put before the library's own in the executables
// that link this: the dynamic linker binds CAF's TLS module to them. Its use of
// OpenSSL has two faults that anybody who reaches the port can trigger:
//
// - It never clears OpenSSL's error queue, so that one failed handshake, or one
//   killed peer, makes it drop other, healthy links.
// - A connection that never sends its hello makes its one network thread spin,
//   and is kept for ever.
//
// It also sets neither a minimum version nor looks at who the peer is. With
// CAF's TLS module this file goes away.

#include "shared/link/admission.hpp"
#include "shared/link/handshake.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <dlfcn.h>
#include <string_view>

namespace {

using namespace troth::link;

/// Returns the library's own function of that name.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool is_datagram(const SSL_METHOD* method) {
  return method == DTLS_method() || method == DTLS_client_method()
         || method == DTLS_server_method();
}

/// Returns whether the code at `caller` is of CAF's TLS module. Boost.Asio and
/// the HTTP and database clients, which also come here, check peers their own way.
bool is_caf(const void* caller) {
  Dl_info found{};
  return dladdr(caller, &found) != 0 && found.dli_fname != nullptr
         && std::string_view{found.dli_fname}.find("libcaf_openssl") != std::string_view::npos;
}

/// What OpenSSL calls to verify a peer's chain, instead of `X509_verify_cert` alone.
int verify_peer(X509_STORE_CTX* chain, void*) {
  const auto verified = X509_verify_cert(chain);
  if (verified != 1)
    return verified;
  const auto* ssl
    = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto ours = SSL_is_server(ssl) != 0 ? side::accepting : side::dialling;
  if (is_admitted(X509_STORE_CTX_get0_cert(chain), ours))
    return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

} // namespace

extern "C" {

int SSL_read(SSL* ssl, void* buffer, int size) {
  static auto* const original = next<decltype(SSL_read)>("SSL_read");
  ERR_clear_error();
  return original(ssl, buffer, size);
}

int SSL_write(SSL* ssl, const void* buffer, int size) {
  static auto* const original = next<decltype(SSL_write)>("SSL_write");
  ERR_clear_error();
  return original(ssl, buffer, size);
}

int SSL_connect(SSL* ssl) {
  static auto* const original = next<decltype(SSL_connect)>("SSL_connect");
  ERR_clear_error();
  return bounded(ssl, original(ssl));
}

int SSL_accept(SSL* ssl) {
  static auto* const original = next<decltype(SSL_accept)>("SSL_accept");
  ERR_clear_error();
  return bounded(ssl, original(ssl));
}

SSL_CTX* SSL_CTX_new(const SSL_METHOD* method) {
  static auto* const original = next<decltype(SSL_CTX_new)>("SSL_CTX_new");
  auto* made = original(method);
  if (made == nullptr || is_datagram(method))
    return made;
  SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION);
  if (is_caf(__builtin_return_address(0)))
    SSL_CTX_set_cert_verify_callback(made, verify_peer, nullptr);
  return made;
}

} // extern "C"
