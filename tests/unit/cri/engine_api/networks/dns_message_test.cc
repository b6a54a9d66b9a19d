// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/dns_message.h"

#include "gmock/gmock.h"

#include "tests/unit/cri/engine_api/networks/dns_under_test.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kNothing("", 0);

DnsQuery Parsed(const std::string& message) {
  const ParsedDnsQuery parsed = ParseDnsQuery(message);
  EXPECT_TRUE(parsed.query.has_value());
  return parsed.query.value_or(DnsQuery());
}

TEST(DnsMessage, AQuestionIsRead) {
  const DnsQuery query = Parsed(Question("WEB.Front", DnsType::kAaaa, 0x1234));
  EXPECT_EQ(query.id, 0x1234);
  EXPECT_TRUE(query.recursion_desired);
  EXPECT_EQ(query.name, "web.front");
  EXPECT_EQ(query.type, 28);
  EXPECT_EQ(query.payload, 512u);
  EXPECT_EQ(Parsed(Question("", DnsType::kA)).name, "");
  // OPT, with 1232 bytes.
  std::string message = Question("a", DnsType::kA);
  message[11] = 1;
  message += std::string("\0\0\x29\x04\xd0\0\0\0\0\0\0", 11);
  EXPECT_EQ(Parsed(message).payload, 1232u);
}

TEST(DnsMessage, WhatIsNoQuestionIsRefused) {
  const std::string good = Question("a.b", DnsType::kA, 7);
  for (size_t size = 0; size < kDnsHeader; ++size) {
    EXPECT_EQ(ParseDnsQuery(good.substr(0, size)).refusal, "");
  }
  std::string answer = good;
  answer[2] = '\x81';
  EXPECT_EQ(ParseDnsQuery(answer).refusal, "");
  std::string status = good;
  status[2] = '\x10';
  EXPECT_EQ(CodeOf(ParseDnsQuery(status).refusal), DnsCode::kNotImplemented);
  std::vector<std::string> bad = {good + "x", good.substr(0, good.size() - 1),
                                  good.substr(0, kDnsHeader)};
  for (const auto& [place, value] : std::vector<std::pair<size_t, char>>{{5, 2},
                                                                         {7, 1},
                                                                         {9, 1},
                                                                         {11, 1},
                                                                         {12, '\x40'},
                                                                         {12, '\xc0'},
                                                                         {13, '.'},
                                                                         {13, '\0'},
                                                                         {good.size() - 1, 3}}) {
    bad.push_back(good);
    bad.back()[place] = value;
  }
  bad.push_back(Question(std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                             std::string(63, 'c') + "." + std::string(63, 'd'),
                         DnsType::kA, 7));
  for (const std::string& message : bad) {
    const std::string refusal = ParseDnsQuery(message).refusal;
    ASSERT_EQ(refusal.size(), kDnsHeader);
    EXPECT_EQ(CodeOf(refusal), DnsCode::kFormatError);
    EXPECT_EQ(refusal[1], 7);
  }
}

TEST(DnsMessage, AnswersHaveTheAddressesOfTheType) {
  const std::vector<IpAddress> addresses = {*ParseIpAddress("10.0.0.2"), *ParseIpAddress("fd00::2"),
                                            *ParseIpAddress("10.0.0.3")};
  const DnsQuery query = Parsed(Question("web", DnsType::kA, 9));
  const std::string answer = FormatAddresses(query, addresses, 512);
  EXPECT_TRUE(IsAnswerTo(query, 9, answer));
  EXPECT_THAT(AddressesIn(answer), ::testing::ElementsAre("10.0.0.2", "10.0.0.3"));
  EXPECT_THAT(AddressesIn(FormatAddresses(Parsed(Question("web", DnsType::kAaaa)), addresses, 512)),
              ::testing::ElementsAre("fd00::2"));
  EXPECT_THAT(
      AddressesIn(FormatAddresses(Parsed(Question("web", DnsType::kAaaa)), {addresses[0]}, 512)),
      ::testing::IsEmpty());
  const std::string cut = FormatAddresses(query, std::vector<IpAddress>(100, addresses[0]), 512);
  EXPECT_LE(cut.size(), 512u);
  EXPECT_TRUE(cut[2] & 0x02);
  EXPECT_EQ(CodeOf(FormatDnsError(query, DnsCode::kServerFailure)), DnsCode::kServerFailure);
}

TEST(DnsMessage, PointersLeadBothWays) {
  EXPECT_EQ(AddressOfPointer("2.0.18.172.in-addr.arpa")->str(), "172.18.0.2");
  EXPECT_EQ(AddressOfPointer("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6."
                             "arpa")
                ->str(),
            "fd00::2");
  for (const absl::string_view none :
       {kNothing, absl::string_view("in-addr.arpa"), absl::string_view("1.2.3.in-addr.arpa"),
        absl::string_view("1.2.3.4.5.in-addr.arpa"), absl::string_view("x.2.3.4.in-addr.arpa"),
        absl::string_view("2.0.ip6.arpa"), absl::string_view("web")}) {
    EXPECT_FALSE(AddressOfPointer(none).has_value()) << none;
  }
  const DnsQuery query = Parsed(Question("2.0.18.172.in-addr.arpa", DnsType::kPtr));
  EXPECT_THAT(FormatPointer(query, "web.front", 512), ::testing::EndsWith(std::string("\x03web\x05"
                                                                                      "front\0",
                                                                                      11)));
}

TEST(DnsMessage, OnlyTheAnswerIsTaken) {
  const DnsQuery query = Parsed(Question("web", DnsType::kA, 9));
  const std::string answer = FormatAddresses(query, {}, 512);
  EXPECT_FALSE(IsAnswerTo(query, 8, answer));
  EXPECT_FALSE(IsAnswerTo(query, 9, Question("web", DnsType::kA, 9)));
  EXPECT_FALSE(IsAnswerTo(query, 9, answer.substr(0, 14)));
  EXPECT_FALSE(
      IsAnswerTo(query, 9, FormatAddresses(Parsed(Question("wex", DnsType::kA, 9)), {}, 512)));
  EXPECT_TRUE(
      IsAnswerTo(query, 9, FormatAddresses(Parsed(Question("WEB", DnsType::kA, 9)), {}, 512)));
  EXPECT_TRUE(IsAnswerTo(query, 0x0a0b, WithDnsId(answer, 0x0a0b)));
}

}  // namespace
}  // namespace berth::cri
