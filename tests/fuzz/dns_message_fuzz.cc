// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "cri/engine_api/networks/dns_message.h"
#include "tests/fuzz/require.h"

// What a container sends to its network's name server, and what other servers answer.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::cri;  // NOLINT(google-build-using-namespace) the entry point is C's
  const absl::string_view message(reinterpret_cast<const char*>(data), size);
  const ParsedDnsQuery parsed = ParseDnsQuery(message);
  if (!parsed.query.has_value()) {
    // Never more than what came: nobody is hit harder through us.
    berth::Require(parsed.refusal.empty() || parsed.refusal.size() == kDnsHeader);
    return 0;
  }
  const DnsQuery& query = *parsed.query;
  berth::Require(query.name.size() < kMaxDnsName);
  berth::Require(query.payload >= kMaxPlainDnsPayload);
  const std::vector<IpAddress> addresses(50, IpAddress());
  const std::string answer = FormatAddresses(query, addresses, query.payload);
  berth::Require(answer.size() <= query.payload);
  berth::Require(IsAnswerTo(query, query.id, answer));
  berth::Require(IsAnswerTo(query, 7, WithDnsId(answer, 7)));
  (void)IsAnswerTo(query, query.id, message);
  (void)AddressOfPointer(query.name).has_value();
  return 0;
}
