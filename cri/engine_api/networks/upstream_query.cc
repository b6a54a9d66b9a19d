// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/upstream_query.h"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"

#include "base/file.h"
#include "base/random_id.h"
#include "boost/asio/ip/udp.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/write.hpp"

namespace berth::cri {
namespace {

using asio::ip::tcp;
using asio::ip::udp;

constexpr std::chrono::seconds kPatience{2};  // with one server
constexpr size_t kMaxUpstreamAnswer = 4096;   // by UDP
constexpr size_t kLengthPrefix = 2;

uint16_t RandomDnsId() {
  uint32_t id = 0;
  (void)absl::SimpleHexAtoi(RandomHex(2), &id);
  return static_cast<uint16_t>(id);
}

asio::ip::address AddressOf(const IpAddress& address) {
  if (address.is_ipv4) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(address.bytes.begin(), bytes.size(), bytes.begin());
    return asio::ip::address_v4(bytes);
  }
  asio::ip::address_v6::bytes_type bytes;
  std::copy_n(address.bytes.begin(), bytes.size(), bytes.begin());
  return asio::ip::address_v6(bytes);
}

// One question to the servers in turn. Keeps itself alive by its pending operations.
class UpstreamQuery : public std::enable_shared_from_this<UpstreamQuery> {
 public:
  UpstreamQuery(asio::io_context& loop, Upstreams upstreams, DnsQuery query,
                std::function<void(std::string)> done)
      : timer_(loop),
        upstreams_(std::move(upstreams)),
        query_(std::move(query)),
        id_(RandomDnsId()),
        done_(std::move(done)) {}
  virtual ~UpstreamQuery() = default;

  void AskNext() {
    if (next_ == upstreams_.servers.size() || next_ == kMaxUpstreams) {
      Finish("");
      return;
    }
    const IpAddress server = upstreams_.servers[next_++];
    timer_.expires_after(kPatience);
    timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error) {
        self->Abandon();
      }
    });
    Ask(AddressOf(server), upstreams_.port);
  }

 protected:
  virtual void Ask(const asio::ip::address& server, uint16_t port) = 0;
  // Ends what is pending with the server, so that its handler fails.
  virtual void Abandon() = 0;

  void Fail() {
    timer_.cancel();
    AskNext();
  }
  bool Accept(absl::string_view answer) {
    if (!IsAnswerTo(query_, id_, answer)) {
      return false;
    }
    timer_.cancel();
    Finish(WithDnsId(answer, query_.id));
    return true;
  }
  uint16_t id() const { return id_; }

 private:
  void Finish(std::string answer) { std::exchange(done_, nullptr)(std::move(answer)); }

  asio::steady_timer timer_;
  const Upstreams upstreams_;
  const DnsQuery query_;
  const uint16_t id_;
  std::function<void(std::string)> done_;
  size_t next_ = 0;
};

class UdpQuery final : public UpstreamQuery {
 public:
  UdpQuery(asio::io_context& loop, Upstreams upstreams, const DnsQuery& query,
           absl::string_view message, std::function<void(std::string)> done)
      : UpstreamQuery(loop, std::move(upstreams), query, std::move(done)),
        socket_(loop),
        message_(WithDnsId(message, id())) {}

 private:
  std::shared_ptr<UdpQuery> self() {
    return std::static_pointer_cast<UdpQuery>(shared_from_this());
  }

  void Ask(const asio::ip::address& server, uint16_t port) override {
    ErrorCode ignored;
    socket_.close(ignored);
    // Connected: the kernel drops what others send, and tells when nobody is there.
    socket_.async_connect({server, port}, [self = self()](const ErrorCode& error) {
      if (error) {
        self->Fail();
        return;
      }
      self->socket_.async_send(asio::buffer(self->message_),
                               [self](const ErrorCode& sent, size_t) { self->OnSent(sent); });
    });
  }
  void Abandon() override {
    ErrorCode ignored;
    socket_.close(ignored);
  }

  void OnSent(const ErrorCode& error) {
    if (error) {
      Fail();
      return;
    }
    socket_.async_receive(
        asio::buffer(answer_), [self = self()](const ErrorCode& got, size_t size) {
          if (got) {
            self->Fail();
          } else if (!self->Accept({self->answer_.data(), size})) {
            self->OnSent({});  // a stranger's, or an old one: the right one may still come
          }
        });
  }

  udp::socket socket_;
  const std::string message_;
  std::array<char, kMaxUpstreamAnswer> answer_;
};

class TcpQuery final : public UpstreamQuery {
 public:
  TcpQuery(asio::io_context& loop, Upstreams upstreams, const DnsQuery& query,
           absl::string_view message, std::function<void(std::string)> done)
      : UpstreamQuery(loop, std::move(upstreams), query, std::move(done)), socket_(loop) {
    message_.push_back(static_cast<char>(message.size() >> 8));
    message_.push_back(static_cast<char>(message.size() & 0xff));
    message_ += WithDnsId(message, id());
  }

 private:
  std::shared_ptr<TcpQuery> self() {
    return std::static_pointer_cast<TcpQuery>(shared_from_this());
  }

  void Ask(const asio::ip::address& server, uint16_t port) override {
    ErrorCode ignored;
    socket_.close(ignored);
    socket_.async_connect({server, port}, [self = self()](const ErrorCode& error) {
      self->Then(error, [self] {
        asio::async_write(self->socket_, asio::buffer(self->message_),
                          [self](const ErrorCode& sent, size_t) {
                            self->Then(sent, [self] { self->ReadLength(); });
                          });
      });
    });
  }
  void Abandon() override {
    ErrorCode ignored;
    socket_.close(ignored);
  }

  template <typename Step>
  void Then(const ErrorCode& error, Step step) {
    if (error) {
      Fail();
    } else {
      step();
    }
  }

  void ReadLength() {
    answer_.resize(kLengthPrefix);
    asio::async_read(socket_, asio::buffer(answer_), [self = self()](const ErrorCode& got, size_t) {
      self->Then(got, [self] { self->ReadAnswer(); });
    });
  }
  void ReadAnswer() {
    const auto high = static_cast<uint8_t>(answer_[0]), low = static_cast<uint8_t>(answer_[1]);
    answer_.resize(static_cast<size_t>(high) << 8 | low);
    asio::async_read(socket_, asio::buffer(answer_), [self = self()](const ErrorCode& got, size_t) {
      if (got || !self->Accept(self->answer_)) {
        self->Fail();
      }
    });
  }

  tcp::socket socket_;
  std::string message_;
  std::string answer_;
};

}  // namespace

void AskUpstream(asio::io_context& loop, const Upstreams& upstreams, const DnsQuery& query,
                 const std::string& message, bool by_tcp, std::function<void(std::string)> done) {
  std::shared_ptr<UpstreamQuery> question;
  if (by_tcp) {
    question = std::make_shared<TcpQuery>(loop, upstreams, query, message, std::move(done));
  } else {
    question = std::make_shared<UdpQuery>(loop, upstreams, query, message, std::move(done));
  }
  question->AskNext();
}

ResolvConf ReadResolvConf(const std::string& path) {
  constexpr size_t kMaxResolvConf = 64 << 10;
  return ParseResolvConf(ReadFile(path, kMaxResolvConf).value_or(""));
}

std::vector<IpAddress> ServersOf(const ResolvConf& read) {
  std::vector<IpAddress> servers;
  for (const std::string& server : read.servers) {
    const std::optional<IpAddress> address = ParseIpAddress(server);
    if (address.has_value() && servers.size() < kMaxUpstreams) {
      servers.push_back(*address);
    }
  }
  return servers;
}

}  // namespace berth::cri
