// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/dns_message.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace berth::cri {
namespace {

constexpr uint8_t kResponse = 0x80, kAuthoritative = 0x04, kTruncated = 0x02;  // of byte 2
constexpr uint8_t kRecursionDesired = 0x01;
constexpr uint8_t kRecursionAvailable = 0x80;  // of byte 3
constexpr uint8_t kOpcode = 0x78;
constexpr uint16_t kClassIn = 1;
constexpr uint16_t kTypeOpt = 41;
constexpr uint32_t kLifetime = 600;  // seconds, as Docker's
constexpr size_t kMaxLabel = 63;
constexpr uint8_t kPointer = 0xc0;
constexpr char kPointerToQuestion[] = "\xc0\x0c";
constexpr int kMaxRecords = 16;  // of a query beside its question

void Append16(std::string& out, uint16_t value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xff));
}

void Append32(std::string& out, uint32_t value) {
  Append16(out, static_cast<uint16_t>(value >> 16));
  Append16(out, static_cast<uint16_t>(value & 0xffff));
}

// Reads a message from front to end. After a read beyond it all reads give 0.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t position() const { return position_; }
  bool at_end() const { return ok_ && position_ == bytes_.size(); }

  uint8_t Byte() {
    if (position_ >= bytes_.size()) {
      ok_ = false;
      return 0;
    }
    return static_cast<uint8_t>(bytes_[position_++]);
  }
  uint16_t Short() {
    const auto high = static_cast<uint16_t>(Byte() << 8);
    return static_cast<uint16_t>(high | Byte());
  }
  void Skip(size_t count) {
    ok_ = ok_ && count <= bytes_.size() - position_;
    position_ = ok_ ? position_ + count : position_;
  }
  absl::string_view Take(size_t count) {
    const size_t start = position_;
    Skip(count);
    return ok_ ? bytes_.substr(start, count) : absl::string_view();
  }
  void Fail() { ok_ = false; }

 private:
  absl::string_view bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

// A name without compression; with dots for the ends of labels.
std::string ReadName(Reader& reader) {
  std::string name;
  const size_t start = reader.position();
  while (reader.ok()) {
    const uint8_t length = reader.Byte();
    if (length == 0) {
      return name;
    }
    const absl::string_view label = reader.Take(length);
    // A dot or a NUL inside of a label would make it look like another name.
    if (length > kMaxLabel || reader.position() - start >= kMaxDnsName ||
        label.find_first_of(absl::string_view(".\0", 2)) != absl::string_view::npos) {
      reader.Fail();
    }
    absl::StrAppend(&name, name.empty() ? "" : ".", absl::AsciiStrToLower(label));
  }
  return "";
}

// Of a record's owner, which may be a pointer.
void SkipName(Reader& reader) {
  while (reader.ok()) {
    const uint8_t length = reader.Byte();
    if (length == 0) {
      return;
    }
    if ((length & kPointer) == kPointer) {
      (void)reader.Byte();
      return;
    }
    if (length > kMaxLabel) {
      reader.Fail();
    }
    reader.Skip(length);
  }
}

// The records after the question: only what OPT says counts.
void ReadRecords(Reader& reader, int count, DnsQuery& query) {
  for (int i = 0; i < count && reader.ok(); ++i) {
    SkipName(reader);
    const uint16_t type = reader.Short();
    const uint16_t rr_class = reader.Short();
    (void)reader.Take(4);  // the lifetime
    reader.Skip(reader.Short());
    if (type == kTypeOpt && reader.ok()) {
      query.payload = std::max<size_t>(rr_class, kMaxPlainDnsPayload);
    }
  }
}

std::string Header(const DnsQuery& query, uint8_t flags, DnsCode code, uint16_t answers) {
  std::string out;
  Append16(out, query.id);
  out.push_back(
      static_cast<char>(kResponse | flags | (query.recursion_desired ? kRecursionDesired : 0)));
  out.push_back(static_cast<char>(kRecursionAvailable | static_cast<uint8_t>(code)));
  Append16(out, query.question.empty() ? 0 : 1);
  Append16(out, answers);
  Append32(out, 0);  // no authorities, nothing additional
  out += query.question;
  return out;
}

void AppendRecord(std::string& out, DnsType type, absl::string_view data) {
  absl::StrAppend(&out, kPointerToQuestion);
  Append16(out, static_cast<uint16_t>(type));
  Append16(out, kClassIn);
  Append32(out, kLifetime);
  Append16(out, static_cast<uint16_t>(data.size()));
  out.append(data.data(), data.size());
}

std::string FormatRecords(const DnsQuery& query, DnsType type, const std::vector<std::string>& data,
                          size_t max_size) {
  std::string records;
  uint16_t count = 0;
  const size_t room = max_size - std::min(max_size, kDnsHeader + query.question.size());
  for (const std::string& each : data) {
    std::string record;
    AppendRecord(record, type, each);
    if (records.size() + record.size() > room) {
      return Header(query, kAuthoritative | kTruncated, DnsCode::kNoError, count) + records;
    }
    records += record;
    ++count;
  }
  return Header(query, kAuthoritative, DnsCode::kNoError, count) + records;
}

// Whatever the bytes after the header are.
std::string Refuse(absl::string_view message, DnsCode code) {
  DnsQuery query;
  Reader reader(message);
  query.id = reader.Short();
  query.recursion_desired = (reader.Byte() & kRecursionDesired) != 0;
  return Header(query, 0, code, 0);
}

std::string WireName(const std::string& name) {
  std::string wire;
  for (const absl::string_view label : absl::StrSplit(name, '.', absl::SkipEmpty())) {
    wire.push_back(static_cast<char>(label.size()));
    absl::StrAppend(&wire, label);
  }
  wire.push_back('\0');
  return wire;
}

}  // namespace

ParsedDnsQuery ParseDnsQuery(absl::string_view message) {
  Reader reader(message);
  DnsQuery query;
  query.id = reader.Short();
  const uint8_t flags = reader.Byte();
  (void)reader.Byte();
  const uint16_t questions = reader.Short();
  const uint16_t answers = reader.Short();
  const uint16_t authorities = reader.Short();
  const uint16_t additional = reader.Short();
  if (!reader.ok() || message.size() > kMaxDnsMessage || (flags & kResponse) != 0) {
    return {};
  }
  if ((flags & kOpcode) != 0) {
    return {std::nullopt, Refuse(message, DnsCode::kNotImplemented)};
  }
  query.recursion_desired = (flags & kRecursionDesired) != 0;
  query.name = ReadName(reader);
  query.type = reader.Short();
  const uint16_t question_class = reader.Short();
  if (reader.ok()) {
    query.question = std::string(message.substr(kDnsHeader, reader.position() - kDnsHeader));
    ReadRecords(reader, std::min<int>(additional, kMaxRecords), query);
  }
  if (!reader.at_end() || questions != 1 || answers != 0 || authorities != 0 ||
      question_class != kClassIn) {
    return {std::nullopt, Refuse(message, DnsCode::kFormatError)};
  }
  return {std::move(query), ""};
}

std::string FormatAddresses(const DnsQuery& query, const std::vector<IpAddress>& addresses,
                            size_t max_size) {
  const bool ipv6 = query.type == static_cast<uint16_t>(DnsType::kAaaa);
  const bool ipv4 = query.type == static_cast<uint16_t>(DnsType::kA);
  std::vector<std::string> data;
  for (const IpAddress& address : addresses) {
    if (address.is_ipv4 ? ipv4 : ipv6) {
      data.emplace_back(address.bytes.begin(), address.bytes.begin() + address.bits() / 8);
    }
  }
  return FormatRecords(query, ipv6 ? DnsType::kAaaa : DnsType::kA, data, max_size);
}

std::string FormatPointer(const DnsQuery& query, const std::string& name, size_t max_size) {
  return FormatRecords(query, DnsType::kPtr, {WireName(name)}, max_size);
}

std::string FormatDnsError(const DnsQuery& query, DnsCode code) {
  return Header(query, 0, code, 0);
}

bool IsAnswerTo(const DnsQuery& query, uint16_t id, absl::string_view message) {
  Reader reader(message);
  const uint16_t answered = reader.Short();
  const uint8_t flags = reader.Byte();
  (void)reader.Byte();
  const uint16_t questions = reader.Short();
  // A server may write the name in another case.
  return reader.ok() && answered == id && (flags & kResponse) != 0 && questions == 1 &&
         message.size() >= kDnsHeader + query.question.size() &&
         absl::EqualsIgnoreCase(message.substr(kDnsHeader, query.question.size()), query.question);
}

std::string WithDnsId(absl::string_view message, uint16_t id) {
  std::string changed;
  Append16(changed, id);
  absl::StrAppend(&changed, message.substr(std::min<size_t>(2, message.size())));
  return changed;
}

std::optional<IpAddress> AddressOfPointer(absl::string_view name) {
  const bool ipv4 = absl::ConsumeSuffix(&name, ".in-addr.arpa");
  if (!ipv4 && !absl::ConsumeSuffix(&name, ".ip6.arpa")) {
    return std::nullopt;
  }
  std::vector<std::string> parts = absl::StrSplit(name, '.');
  std::reverse(parts.begin(), parts.end());
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!ipv4 && parts[i].size() != 1) {
      return std::nullopt;
    }
    absl::StrAppend(&text, i == 0 ? "" : ipv4 ? "." : i % 4 == 0 ? ":" : "", parts[i]);
  }
  const std::optional<IpAddress> address = ParseIpAddress(text);
  constexpr size_t kBytes = 4, kNibbles = 32;
  return parts.size() == (ipv4 ? kBytes : kNibbles) ? address : std::nullopt;
}

}  // namespace berth::cri
