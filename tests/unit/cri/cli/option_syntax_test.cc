// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/option_syntax.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

struct PortCase {
  const char* text;
  const char* ip;
  int32_t host;
  int32_t container;
  v1::Protocol protocol;
};

TEST(ParsePorts, TakesDockersForms) {
  const PortCase cases[] = {
      {"8080:80", "", 8080, 80, v1::TCP},
      {"53:53/udp", "", 53, 53, v1::UDP},
      {"127.0.0.1:8080:80/tcp", "127.0.0.1", 8080, 80, v1::TCP},
      {"[::1]:8080:80", "::1", 8080, 80, v1::TCP},
      {"9:9/sctp", "", 9, 9, v1::SCTP},
  };
  for (const PortCase& c : cases) {
    const absl::StatusOr<std::vector<v1::PortMapping>> ports = ParsePorts(c.text);
    ASSERT_TRUE(ports.ok()) << ports.status();
    ASSERT_EQ(ports->size(), 1U);
    const v1::PortMapping* port = &ports->front();
    EXPECT_EQ(port->host_ip(), c.ip) << c.text;
    EXPECT_EQ(port->host_port(), c.host) << c.text;
    EXPECT_EQ(port->container_port(), c.container) << c.text;
    EXPECT_EQ(port->protocol(), c.protocol) << c.text;
  }
}

TEST(ParsePorts, TakesRanges) {
  const absl::StatusOr<std::vector<v1::PortMapping>> ports =
      ParsePorts("[::1]:8000-8001:80-81/udp");
  ASSERT_TRUE(ports.ok()) << ports.status();
  ASSERT_EQ(ports->size(), 2U);
  EXPECT_EQ(ports->back().host_port(), 8001);
  EXPECT_EQ(ports->back().container_port(), 81);
  EXPECT_EQ(ports->back().protocol(), v1::UDP);
}

TEST(ParseLineFile, LeavesOutCommentsAndEmptyLines) {
  EXPECT_EQ(ParseLineFile("A=b\r\n\n# c\n  D=e f\nHOME").value(),
            (std::vector<std::string>{"A=b", "D=e f", "HOME"}));
  EXPECT_EQ(ParseLineFile(" =z\n").status().message(), "no variable name on line '=z'");
  for (const char* text : {"A B=1", "A =1", "export A"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseLineFile(text).status())) << text;
  }
}

TEST(ParsePorts, LeavesTheHostsPortToOthers) {
  for (const char* text : {"80", ":80", "127.0.0.1::80", "80-81"}) {
    const absl::StatusOr<std::vector<v1::PortMapping>> ports = ParsePorts(text);
    ASSERT_TRUE(ports.ok()) << text << ports.status();
    EXPECT_EQ(ports->front().container_port(), 80) << text;
    EXPECT_EQ(ports->back().host_port(), 0) << text;
  }
  EXPECT_EQ(ParsePorts("127.0.0.1::80")->front().host_ip(), "127.0.0.1");
}

TEST(ParsePorts, RefusesTheRest) {
  for (const char* text : {"", "80:80:80:80", "host:80:80", "x:80", "80:x", "0:80", "80:65536",
                           "80:80/icmp", "-1:80", "8000-8010:80", "8002-8001:80-81", "80-:80-80"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParsePorts(text).status())) << text;
  }
}

TEST(ParseVolume, TakesAbsoluteAndRelativePaths) {
  EXPECT_EQ(ParseVolume("/data/../srv:/data", "/home/me")->host_path(), "/srv");
  EXPECT_EQ(ParseVolume("./site:/data", "/home/me")->host_path(), "/home/me/site");
  EXPECT_EQ(ParseVolume("../site:/data", "/home/me")->host_path(), "/home/site");
  EXPECT_EQ(ParseVolume(".:/data", "/home/me")->host_path(), "/home/me");
  EXPECT_EQ(ParseVolume("/a:/b", "/")->container_path(), "/b");
  EXPECT_FALSE(ParseVolume("/a:/b", "/")->readonly());
}

TEST(ParseVolume, TakesOptions) {
  const absl::StatusOr<v1::Mount> mount = ParseVolume("/a:/b:ro,rslave,z", "/");
  ASSERT_TRUE(mount.ok()) << mount.status();
  EXPECT_TRUE(mount->readonly());
  EXPECT_TRUE(mount->selinux_relabel());
  EXPECT_EQ(mount->propagation(), v1::PROPAGATION_HOST_TO_CONTAINER);
  EXPECT_EQ(ParseVolume("/a:/b:rshared", "/")->propagation(), v1::PROPAGATION_BIDIRECTIONAL);
}

TEST(ParseVolume, RefusesTheRest) {
  for (const char* text : {"", "/a", ":/b", "name:/b", "/a:b", "/a:/b:wo", "/a:/b:ro:x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseVolume(text, "/").status())) << text;
  }
}

}  // namespace
}  // namespace berth::cli
