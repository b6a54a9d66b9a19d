// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/host_ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

#include "base/sys/fd.h"

namespace berth::cli {
namespace {

v1::PortMapping Port(int32_t host) {
  v1::PortMapping port;
  port.set_host_port(host);
  port.set_container_port(80);
  port.set_protocol(v1::TCP);
  return port;
}

// A port that a program of this host listens on.
class ListeningPort {
 public:
  ListeningPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_.get(), 1), 0);
    EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
  }
  int32_t number() const { return number_; }

 private:
  sys::Fd socket_;
  int32_t number_ = 0;
};

TEST(CheckHostPorts, RefusesAPortOfAProgram) {
  v1::PodSandboxConfig pod;
  EXPECT_TRUE(CheckHostPorts(pod).ok());
  const ListeningPort taken;
  *pod.add_port_mappings() = Port(taken.number());
  const absl::Status status = CheckHostPorts(pod);
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "taken by a program of this host")) << status;
  pod.mutable_port_mappings(0)->set_protocol(v1::UDP);
  EXPECT_TRUE(CheckHostPorts(pod).ok());
}

}  // namespace
}  // namespace berth::cli
