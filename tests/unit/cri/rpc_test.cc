// SPDX-License-Identifier: Apache-2.0
#include "cri/rpc.h"

#include <cerrno>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

#include "base/status.h"
#include "proto/kubelet_errors.h"
#include "tests/unit/cri/rpc_under_test.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

class Rpc : public ::testing::Test {
 protected:
  grpc::Status Serve(const absl::Status& outcome) {
    return ServeRpc("StopContainer", &context, metrics, [&](const Call&) { return outcome; });
  }
  std::string Page() const {
    return prometheus::TextSerializer().Serialize(metrics.registry()->Collect());
  }

  grpc::ServerContext context;
  metrics::Metrics metrics;
};

TEST_F(Rpc, CountsAndTimesACall) {
  EXPECT_THAT(Serve(absl::OkStatus()), IsGrpcOk());
  EXPECT_THAT(Page(), HasSubstr("berth_rpcs_total{code=\"OK\",method=\"StopContainer\"} 1"));
  EXPECT_THAT(Page(), HasSubstr("berth_rpc_seconds_count{method=\"StopContainer\"} 1"));
}

TEST_F(Rpc, CountsTheCodeThatTheClientGets) {
  EXPECT_THAT(Serve(ErrnoStatus({ENOENT, "openat"}, "open a file of ours")),
              IsGrpcError(grpc::StatusCode::INTERNAL, HasSubstr("file of ours")));
  EXPECT_THAT(Serve(Annotate(absl::UnavailableError("no route"), kRegistryUnavailable)),
              IsGrpcError(grpc::StatusCode::UNKNOWN, "RegistryUnavailable: no route"));
  EXPECT_THAT(Page(), HasSubstr("{code=\"INTERNAL\",method=\"StopContainer\"} 1"));
  EXPECT_THAT(Page(), HasSubstr("{code=\"UNKNOWN\",method=\"StopContainer\"} 1"));
  EXPECT_THAT(Page(), ::testing::Not(HasSubstr("code=\"NOT_FOUND\"")));
}

}  // namespace
}  // namespace berth::cri
