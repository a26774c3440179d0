#include "actors/tls_key_enrolment.hpp"

#include "shared/endorsement/enrolment_nonce.hpp"

namespace troth::actors {

void tls_key_enrolment::run(answer<tls_key_record> done) {
  done_ = std::move(done);
  if (!is_in_tpm())
    return make_in_file();
  ask_.make_key(made_.as.algorithm, then<protocol::anchor_key>([this](protocol::anchor_key key) {
                  made_.in_tpm = std::move(key);
                  request_.public_area = made_.in_tpm.public_area;
                  take_half(public_half_of(made_.in_tpm));
                }));
}

void tls_key_enrolment::make_in_file() {
  auto key = crypto::private_key::generate(made_.as.of);
  if (!key)
    return finish(key.error());
  made_.in_file = *std::move(key);
  take_half(made_.in_file->public_half());
}

void tls_key_enrolment::take_half(result<crypto::public_key> half) {
  if (!half)
    return finish(error{errc::internal, "driver: " + to_string(half.error())});
  if (half->kind() != made_.as.of)
    return finish(error{errc::internal, "driver: made a key of another algorithm"});
  half_ = *std::move(half);
  auto csr = crypto::signing_request::make(made_.as.names, *half_);
  if (!csr)
    return finish(csr.error());
  csr_ = *std::move(csr);
  ask_.challenge(then<protocol::challenge>(
    [this](const protocol::challenge& given) { answer_challenge(given); }));
}

void tls_key_enrolment::answer_challenge(const protocol::challenge& given) {
  request_.challenge_id = given.id;
  nonce_ = endorsement::enrolment_nonce(protocol::to_bytes(given.nonce), *half_);
  ask_.report(nonce_, then<protocol::payload>([this](protocol::payload report) {
                request_.report = std::move(report);
                certify();
              }));
}

void tls_key_enrolment::certify() {
  if (!is_in_tpm())
    return sign_request();
  ask_.certify(made_.in_tpm, nonce_,
               then<protocol::key_certification>([this](protocol::key_certification said) {
                 request_.of = std::move(said);
                 sign_request();
               }));
}

void tls_key_enrolment::sign_request() {
  if (!is_in_tpm())
    return enrol(made_.in_file->sign_for_tls(csr_->to_be_signed()));
  ask_.sign(made_.in_tpm, csr_->to_be_signed(),
            then<protocol::blob>(
              [this](const protocol::blob& signature) { enrol(protocol::to_bytes(signature)); }));
}

void tls_key_enrolment::enrol(result<bytes> signature) {
  if (!signature)
    return finish(signature.error());
  const auto csr = (*std::move(csr_)).sign(*signature);
  if (!csr)
    return finish(error{errc::internal, to_string(csr.error())});
  request_.csr = protocol::to_blob(*csr);
  ask_.enrol(std::move(request_),
             then<protocol::payload>([this](const protocol::payload& given) { keep(given); }));
}

void tls_key_enrolment::keep(const protocol::payload& certified) {
  auto chain = read_tls_chain(certified.body, *half_);
  if (!chain)
    return finish(error{errc::internal, "est: " + to_string(chain.error())});
  made_.chain = *std::move(chain);
  finish(std::move(made_));
}

void tls_key_enrolment::finish(result<tls_key_record> outcome) {
  const auto done = std::move(done_); // this object may be gone in it
  done(std::move(outcome));
}

} // namespace troth::actors
