#include "shared/client/grpc.hpp"

#include "shared/files/files.hpp"

#include <grpcapi.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <memory>

namespace troth::client {

namespace {

namespace cmc = wire::cmc;

constexpr std::string_view grpc_scheme = "grpc://";
constexpr std::string_view grpcs_scheme = "grpcs://";
constexpr std::size_t max_file_bytes = std::size_t{1024} * 1024;

/// What a status means where its text has no code of ours.
errc code_for_grpc(grpc::StatusCode status) {
  switch (status) {
  case grpc::StatusCode::DEADLINE_EXCEEDED:
    return errc::timeout;
  case grpc::StatusCode::UNAUTHENTICATED:
    return errc::unauthenticated;
  case grpc::StatusCode::PERMISSION_DENIED:
    return errc::forbidden;
  case grpc::StatusCode::RESOURCE_EXHAUSTED:
    return errc::too_large;
  case grpc::StatusCode::UNIMPLEMENTED:
    return errc::unsupported;
  case grpc::StatusCode::UNAVAILABLE:
    return errc::unavailable;
  default:
    return errc::io;
  }
}

/// A gateway, and how to speak to it.
class grpc_server {
public:
  grpc_server(std::shared_ptr<grpc::Channel> channel, std::string token,
              std::chrono::milliseconds timeout)
    : stub_(grpcapi::CMCService::NewStub(channel)), token_(std::move(token)), timeout_(timeout) {
    // nop
  }

  result<bytes> attest(const report_order& asked) {
    grpcapi::AttestationRequest request;
    request.set_version(std::string{cmc::api_version});
    request.set_nonce(to_text(asked.nonce));
    for (const auto& each : asked.cached)
      request.add_cached(each);
    grpcapi::AttestationResponse response;
    const auto status = call(&grpcapi::CMCService::Stub::Attest, request, response);
    if (!status.ok())
      return failure(status);
    return to_bytes(response.report());
  }

  result<bytes> verify(const appraisal_request& asked) {
    if (const auto fits = check_for_cmc(asked, report::face::json); !fits)
      return fits.error();
    grpcapi::VerificationRequest request;
    request.set_version(std::string{cmc::api_version});
    request.set_nonce(to_text(*asked.nonce));
    request.set_report(to_text(asked.report));
    request.set_peer(asked.peer);
    grpcapi::VerificationResponse response;
    const auto status = call(&grpcapi::CMCService::Stub::Verify, request, response);
    if (!status.ok())
      return failure(status);
    return to_bytes(response.result());
  }

  result<std::vector<std::string>> find_cached(const std::string& peer) {
    grpcapi::PeerCacheRequest request;
    request.set_version(std::string{cmc::api_version});
    request.set_peer(peer);
    grpcapi::PeerCacheResponse response;
    const auto status = call(&grpcapi::CMCService::Stub::PeerCache, request, response);
    if (!status.ok())
      return failure(status);
    return std::vector<std::string>{response.cache().begin(), response.cache().end()};
  }

  result<void> measure(const report::component& container) {
    grpcapi::MeasureRequest request;
    request.set_version(std::string{cmc::api_version});
    auto& event = *request.mutable_measure_event();
    event.set_type(container.type);
    event.set_name(container.name);
    for (const auto& value : container.hashes) {
      auto& hash = *event.add_hashes();
      hash.set_alg(std::string{name(value.algorithm())});
      hash.set_content(to_text(value.view()));
    }
    if (container.container) {
      auto& data = *event.mutable_ctr_data();
      data.set_config_sha256(to_text(container.container->config_sha256));
      data.set_rootfs_sha256(to_text(container.container->rootfs_sha256));
      data.set_oci_spec(container.container->oci_spec.value.dump());
    }
    grpcapi::MeasureResponse response;
    const auto status = call(&grpcapi::CMCService::Stub::Measure, request, response);
    if (!status.ok())
      return failure(status);
    return {};
  }

  result<std::string> create_key(const key_order& wanted) {
    grpcapi::TLSCreateRequest request;
    request.set_version(std::string{cmc::api_version});
    auto& key = *request.mutable_key_config();
    key.set_type(wanted.kind);
    key.set_alg(wanted.algorithm);
    key.set_cn(wanted.common_name);
    key.mutable_dns_names()->Assign(wanted.dns_names.begin(), wanted.dns_names.end());
    key.mutable_ip_addresses()->Assign(wanted.ip_addresses.begin(), wanted.ip_addresses.end());
    grpcapi::TLSCreateResponse response;
    const auto status = call(&grpcapi::CMCService::Stub::TLSCreate, request, response);
    if (!status.ok())
      return failure(status);
    return response.key_id();
  }

  result<std::string> show_certificate(const std::string& id) {
    grpcapi::TLSCertRequest request;
    request.set_version(std::string{cmc::api_version});
    request.set_key_id(id);
    grpcapi::TLSCertResponse response;
    const auto status = call(&grpcapi::CMCService::Stub::TLSCert, request, response);
    if (!status.ok())
      return failure(status);
    std::string out;
    for (const auto& one : response.certificate())
      out += one;
    return out;
  }

  result<bytes> sign(const std::string& id, hash_algorithm hash, byte_view digest) {
    grpcapi::TLSSignRequest request;
    request.set_version(std::string{cmc::api_version});
    request.set_key_id(id);
    request.set_content(to_text(digest));
    request.set_hash_alg(std::string{name(hash)});
    grpcapi::TLSSignResponse response;
    const auto status = call(&grpcapi::CMCService::Stub::TLSSign, request, response);
    if (!status.ok())
      return failure(status);
    return to_bytes(response.signed_content());
  }

  result<void> update(renewable what) {
    return what == renewable::certificates
             ? update<grpcapi::UpdateCertsRequest, grpcapi::UpdateCertsResponse>(
               &grpcapi::CMCService::Stub::UpdateCerts)
             : update<grpcapi::UpdateMetadataRequest, grpcapi::UpdateMetadataResponse>(
               &grpcapi::CMCService::Stub::UpdateMetadata);
  }

private:
  template <class Request, class Response, class Method>
  result<void> update(Method method) {
    Request request;
    request.set_version(std::string{cmc::api_version});
    Response response;
    const auto status = call(method, request, response);
    if (!status.ok())
      return failure(status);
    return {};
  }

  template <class Request, class Response>
  grpc::Status call(grpc::Status (grpcapi::CMCService::Stub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout_);
    if (!token_.empty())
      context.AddMetadata("authorization", "Bearer " + token_);
    return ((*stub_).*method)(&context, request, &response);
  }

  static error failure(const grpc::Status& status) {
    return told_error(status.error_message(), code_for_grpc(status.error_code()));
  }

  std::unique_ptr<grpcapi::CMCService::Stub> stub_;
  std::string token_;
  std::chrono::milliseconds timeout_;
};

result<std::string> read_text(const std::filesystem::path& file) {
  if (file.empty())
    return std::string{};
  const auto content = files::read(file, max_file_bytes);
  if (!content)
    return content.error();
  return to_text(*content);
}

result<std::shared_ptr<grpc::ChannelCredentials>> make_credentials(const http_options& options) {
  if (options.url.starts_with(grpc_scheme))
    return grpc::InsecureChannelCredentials();
  const auto ca = read_text(options.tls.ca);
  if (!ca)
    return ca.error();
  const auto certificate = read_text(options.tls.certificate);
  if (!certificate)
    return certificate.error();
  const auto key = read_text(options.tls.key);
  if (!key)
    return key.error();
  return grpc::SslCredentials({*ca, *key, *certificate});
}

result<std::string> read_grpc_token(const http_options& options) {
  if (options.token_file.empty())
    return std::string{};
  if (options.url.starts_with(grpc_scheme))
    return error{errc::forbidden, "a token goes over grpcs: " + options.url};
  auto text = read_text(options.token_file);
  if (!text)
    return text;
  return text->substr(0, text->find_first_of("\r\n"));
}

} // namespace

result<gateway> open_grpc(const http_options& options) {
  const auto is_plain = options.url.starts_with(grpc_scheme);
  if (!is_plain && !options.url.starts_with(grpcs_scheme))
    return error{errc::malformed, "not a grpc or grpcs URL: " + options.url};
  const auto with = make_credentials(options);
  if (!with)
    return with.error();
  const auto token = read_grpc_token(options);
  if (!token)
    return token.error();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(options.max_response_bytes));
  const auto target = options.url.substr((is_plain ? grpc_scheme : grpcs_scheme).size());
  const auto to = std::make_shared<grpc_server>(grpc::CreateCustomChannel(target, *with, arguments),
                                                *token, options.timeout);
  key_calls keys;
  keys.create = [to](const key_order& wanted) { return to->create_key(wanted); };
  keys.certificate = [to](const std::string& id) { return to->show_certificate(id); };
  keys.sign = [to](const std::string& id, hash_algorithm hash, byte_view digest) {
    return to->sign(id, hash, digest);
  };
  return gateway{{},
                 [to](const report_order& asked) { return to->attest(asked); },
                 [to](const appraisal_request& asked, report::face as) -> result<bytes> {
                   if (as != report::face::json)
                     return error{errc::unsupported, "results over gRPC are JSON"};
                   return to->verify(asked);
                 },
                 [to](const report::component& container) { return to->measure(container); },
                 [to](renewable what) { return to->update(what); },
                 keys};
}

} // namespace troth::client
