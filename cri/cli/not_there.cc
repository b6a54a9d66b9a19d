// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/not_there.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace berth::cli {
namespace {

struct Missing {
  const char* names;  // of verbs or options, with commas between them
  const char* reason;
  const char* verb = "";  // how the path ends of the verb that they belong to; empty: any
};

constexpr char kNoSwarm[] = "that is swarm's, of which there is none";

constexpr Missing kVerbs[] = {
    {"config,node,secret,service,stack,swarm", kNoSwarm, "berth"},
    {"buildx", "there is no BuildKit; `berth build` is there"},
    {"compose", "docker's own does that, with DOCKER_HOST at the daemon's docker.sock", "berth"},
    {"context", "--host or BERTH_HOST say which daemon is meant"},
    {"manifest", "`docker manifest` does that, which needs no daemon"},
    {"plugin", "the daemon has no plugins"},
    {"port-forward", "`crictl port-forward` and kubectl do that"},
    {"search", "registries have no API for it in common"},
    {"trust", "there are no signatures of Notary"},
    {"update", kNoSwarm, "volume"}};

constexpr Missing kOptions[] = {
    {"--cpu-count,--cpu-percent,--io-maxbandwidth,--io-maxiops,--isolation", "that is of Windows"},
    {"--cpu-rt-period,--cpu-rt-runtime", "no container is given real-time CPU"},
    {"--kernel-memory", "kernels have no such limit any more"},
    {"--driver-opt", "the interfaces of containers have no options"},
    {"--link-local-ip", "containers have no addresses of that kind"},
    {"--storage-opt", "files of a container have no quota"},
    {"--use-api-socket", "bind it: -v /run/berth/docker.sock:/var/run/docker.sock"},
    {"--checkpoint,--checkpoint-dir", "`berth restore --checkpoint` goes on with processes",
     "start"},
    {"--tree,--platform", "an image has one platform here"},
    {"--squash", "Docker has it where it is experimental alone", "build"},
    {"--cgroup-parent,--security-opt", "the steps of a build have the usual", "build"},
    {"--aux-address", "--ip-range says where containers get their addresses", "network create"},
    {"--config-from,--config-only,--ingress,--scope", kNoSwarm, "network create"},
    {"--ipam-driver,--ipam-opt", "the daemon gives out the addresses itself", "network create"},
    {"--availability,--group,--limit-bytes,--required-bytes,--scope,--secret,--sharing", kNoSwarm,
     "volume create"},
    {"--topology-preferred,--topology-required,--type", kNoSwarm, "volume create"},
    {"--cluster", kNoSwarm, "volume ls"}};

template <size_t n>
std::string ReasonIn(const Missing (&table)[n], absl::string_view verb, absl::string_view name) {
  const auto is_meant = [&](const Missing& missing) {
    const std::vector<absl::string_view> names = absl::StrSplit(missing.names, ',');
    return absl::EndsWith(verb, missing.verb) &&
           std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto found = std::find_if(std::begin(table), std::end(table), is_meant);
  return found == std::end(table) ? "" : found->reason;
}

}  // namespace

std::string WhyNoVerb(absl::string_view parent, absl::string_view name) {
  return ReasonIn(kVerbs, parent, name);
}

std::string WhyNoOption(absl::string_view verb, absl::string_view option) {
  return ReasonIn(kOptions, verb, option);
}

}  // namespace berth::cli
