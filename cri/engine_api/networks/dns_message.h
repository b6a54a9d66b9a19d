// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "cri/engine_api/networks/ip_prefix.h"

// As much of the DNS (RFC 1035) as a name server needs that answers for a few names and passes on
// the rest. Pure: bytes in, values out.
namespace berth::cri {

inline constexpr size_t kMaxDnsMessage = 65535;
inline constexpr size_t kDnsHeader = 12;
inline constexpr size_t kMaxDnsName = 255;  // on the wire
inline constexpr size_t kMaxPlainDnsPayload = 512;

enum class DnsType : uint16_t { kA = 1, kPtr = 12, kAaaa = 28, kAny = 255 };
enum class DnsCode : uint8_t {
  kNoError = 0,
  kFormatError = 1,
  kServerFailure = 2,
  kNotImplemented = 4
};

// A message that asks one question, of class IN.
struct DnsQuery {
  uint16_t id = 0;
  bool recursion_desired = false;
  std::string name;  // in lower case, with dots between labels, without the last; "": the root
  uint16_t type = 0;
  std::string question;                  // its bytes
  size_t payload = kMaxPlainDnsPayload;  // what an answer by UDP may have, by its OPT record
};

struct ParsedDnsQuery {
  std::optional<DnsQuery> query;
  // Without a query: what to answer; empty: nothing, for it is no question at all.
  std::string refusal;
};

// Strict: no compression in the question, one question, nothing that answers, records that are
// whole. Other opcodes are refused as not implemented, the rest as format errors.
ParsedDnsQuery ParseDnsQuery(absl::string_view message);

// Answers with addresses of the type that is asked for; none of them is an empty answer. Cut, and
// marked so, beyond `max_size`.
std::string FormatAddresses(const DnsQuery& query, const std::vector<IpAddress>& addresses,
                            size_t max_size);
// `name` has labels of at most 63 bytes.
std::string FormatPointer(const DnsQuery& query, const std::string& name, size_t max_size);
// An answer that is only a code.
std::string FormatDnsError(const DnsQuery& query, DnsCode code);

// Whether the message answers the query: its id as sent, a response, the same question.
bool IsAnswerTo(const DnsQuery& query, uint16_t id, absl::string_view message);
// The same message with another id.
std::string WithDnsId(absl::string_view message, uint16_t id);

// "2.0.18.172.in-addr.arpa" is 172.18.0.2; nothing for other names.
std::optional<IpAddress> AddressOfPointer(absl::string_view name);

}  // namespace berth::cri
