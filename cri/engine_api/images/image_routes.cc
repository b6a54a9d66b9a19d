// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_routes.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/path_pattern.h"
#include "base/status.h"
#include "cri/engine_api/filters.h"
#include "cri/engine_api/image_platform.h"
#include "cri/engine_api/images/image_archive.h"
#include "cri/engine_api/images/image_distribution.h"
#include "cri/engine_api/images/image_events.h"
#include "cri/engine_api/images/image_import.h"
#include "cri/engine_api/images/image_json.h"
#include "cri/engine_api/images/image_name.h"
#include "cri/engine_api/images/image_prune.h"
#include "cri/engine_api/images/image_pull.h"
#include "cri/engine_api/images/image_push.h"
#include "cri/engine_api/images/image_removal.h"
#include "imageservice/image/config.h"
#include "imageservice/image/reference.h"
#include "imageservice/unneeded_image.h"

namespace berth::cri {
namespace {

using imageservice::HeldImage;
using imageservice::Image;
using imageservice::ImageStore;

constexpr ApiVersion kReferenceIsFilter = {1, 41};

template <typename Found>
absl::StatusOr<Found> InOurWords(absl::StatusOr<Found> found, const std::string& name) {
  if (absl::IsNotFound(found.status())) {
    return NoSuchImage(name);
  }
  return found;
}

absl::StatusOr<Image> FindImage(const ImageStore& images, const std::string& name) {
  return InOurWords(images.Find(name), name);
}

absl::StatusOr<Json> ReadConfig(const ImageStore& images, const Image& image) {
  ASSIGN_OR_RETURN(const std::string bytes, images.Config(image.id));
  return ParseJson(bytes, imageservice::kMaxConfigSize);
}

// Leaves the names that a pattern of the filter `reference` matches, with or without their tag or
// digest; whether any is left. All are, without such a filter.
absl::StatusOr<bool> KeepReferences(const std::vector<std::string>& patterns, Image& image) {
  if (patterns.empty()) {
    return true;
  }
  const auto matches = [](const PathPattern& pattern, const std::string& full) {
    const std::string name = imageservice::FamiliarName(full);
    const size_t at = name.find('@');
    return pattern.Matches(name) ||
           pattern.Matches(name.substr(0, at != std::string::npos ? at : name.rfind(':')));
  };
  std::vector<std::string> tags;
  std::vector<std::string> digests;
  for (const std::string& text : patterns) {
    ASSIGN_OR_RETURN(const PathPattern pattern, PathPattern::Parse(text));
    const auto wanted = [&](const std::string& name) { return matches(pattern, name); };
    absl::c_copy_if(image.repo_tags, std::back_inserter(tags), wanted);
    absl::c_copy_if(image.repo_digests, std::back_inserter(digests), wanted);
  }
  image.repo_tags = std::move(tags);
  image.repo_digests = std::move(digests);
  return !image.repo_tags.empty() || !image.repo_digests.empty();
}

// The ages between which the filters `before`, `since` and `until` let images through.
struct Ages {
  int64_t before = INT64_MAX;
  int64_t since = INT64_MIN;
};

absl::StatusOr<Ages> ReadAges(const ImageStore& images, const Filters& filters) {
  Ages ages;
  for (const std::string& name : filters.Values("before")) {
    ASSIGN_OR_RETURN(const Image image, FindImage(images, name));
    ages.before = UnixSeconds(image.created);
  }
  for (const std::string& name : filters.Values("since")) {
    ASSIGN_OR_RETURN(const Image image, FindImage(images, name));
    ages.since = UnixSeconds(image.created);
  }
  ASSIGN_OR_RETURN(const absl::Time until, filters.Until(absl::Now()));
  ages.before = std::min(ages.before, absl::ToUnixSeconds(until));
  return ages;
}

// Before API 1.41 a parameter of its own has the name, too.
std::vector<std::string> ReferencesOf(const EngineRequest& request, const Filters& filters) {
  const std::string name = request.Query("filter");
  return request.version < kReferenceIsFilter && !name.empty() ? std::vector<std::string>{name}
                                                               : filters.Values("reference");
}

// May take names from the image.
absl::StatusOr<bool> Passes(const Filters& filters, const std::vector<std::string>& references,
                            const Ages& ages, Image& image) {
  const bool is_dangling = image.repo_tags.empty();
  ASSIGN_OR_RETURN(const bool dangling, filters.Bool("dangling", is_dangling));
  ASSIGN_OR_RETURN(const bool matches, KeepReferences(references, image));
  const int64_t created = UnixSeconds(image.created);
  return matches && dangling == is_dangling && created < ages.before && created > ages.since &&
         filters.TakesLabels(image.labels);
}

// What the handlers share.
struct Door {
  Door(ImageStore& store, ListImageUses list_uses, EventHub& hub)
      : images(store), uses(std::move(list_uses)), events(hub) {}

  ImageStore& images;
  const ListImageUses uses;
  EventHub& events;
  // A config may have megabytes, and ten times that as a tree: one request at a time has trees.
  absl::Mutex trees;
};

absl::StatusOr<std::string> ListImages(Door& door, const EngineRequest& request) {
  constexpr absl::string_view kFilters[] = {"before",    "dangling", "label",
                                            "reference", "since",    "until"};
  ASSIGN_OR_RETURN(const Filters filters, Filters::Parse(request.Query("filters"), kFilters));
  ASSIGN_OR_RETURN(const Ages ages, ReadAges(door.images, filters));
  const std::vector<std::string> references = ReferencesOf(request, filters);
  std::vector<Image> all = door.images.List();
  absl::c_sort(all, [](const Image& a, const Image& b) {
    return UnixSeconds(a.created) > UnixSeconds(b.created);
  });
  Json list = Json::array();
  for (Image& image : all) {
    ASSIGN_OR_RETURN(const bool passes, Passes(filters, references, ages, image));
    if (passes) {
      list.push_back(ImageSummary(image));
    }
  }
  return FormatJson(list);
}

absl::StatusOr<std::string> InspectImage(Door& door, const EngineRequest& request,
                                         const std::string& name) {
  ASSIGN_OR_RETURN(const Image image, FindImage(door.images, name));
  RETURN_IF_ERROR(CheckIsOf(request, "platform", name, image));
  absl::MutexLock lock(&door.trees);
  ASSIGN_OR_RETURN(const Json config, ReadConfig(door.images, image));
  return FormatJson(ImageDetails(image, config));
}

absl::StatusOr<std::string> ShowHistory(Door& door, const EngineRequest& request,
                                        const std::string& name) {
  ASSIGN_OR_RETURN(const Image image, FindImage(door.images, name));
  RETURN_IF_ERROR(CheckIsOf(request, "platform", name, image));
  ASSIGN_OR_RETURN(const std::vector<uint64_t> sizes, door.images.LayerSizes(image.id));
  absl::MutexLock lock(&door.trees);
  ASSIGN_OR_RETURN(const Json config, ReadConfig(door.images, image));
  return FormatJson(ImageHistory(image, config, sizes));
}

absl::Status TagImage(Door& door, const Exchange& exchange, const std::string& name) {
  const EngineRequest& request = exchange.request();
  ASSIGN_OR_RETURN(const HeldImage held,
                   InOurWords(door.images.HoldToUse(exchange.call(), name), name));
  const std::string reference = JoinTag(request.Query("repo"), request.Query("tag"));
  // Nor is it taken from an image that is just being removed by that name, whose removal would take
  // it from this one.
  const absl::StatusOr<HeldImage> other = door.images.HoldToUse(exchange.call(), reference);
  RETURN_IF_ERROR(exchange.call().Check());
  return door.images.Tag(name, reference);
}

ImageUsers UsersOf(const Image& image, const std::vector<ImageUse>& uses) {
  ImageUsers users;
  for (const ImageUse& use : uses) {
    if (use.image_id == image.id) {
      (use.runs ? users.running : users.stopped) = use.container;
    }
  }
  return users;
}

absl::StatusOr<std::string> RemoveImage(Door& door, const Exchange& exchange,
                                        const std::string& name) {
  const EngineRequest& request = exchange.request();
  ASSIGN_OR_RETURN(
      const HeldImage held,
      InOurWords(imageservice::HoldUnneeded(door.images, exchange.call(), name), name));
  const Image& image = held.image;
  RETURN_IF_ERROR(CheckIsOf(request, "platforms", name, image));
  ASSIGN_OR_RETURN(const ImageRemoval removal,
                   PlanRemoval(image, name, request.Flag("force"), UsersOf(image, door.uses())));
  Json done = Json::array();
  for (const std::string& each : removal.names) {
    if (!removal.removes_image) {
      RETURN_IF_ERROR(door.images.RemoveName(each));
    }
    done.push_back({{"Untagged", imageservice::FamiliarName(each)}});
  }
  if (removal.removes_image) {
    RETURN_IF_ERROR(door.images.Remove(image.id));
    done.push_back({{"Deleted", image.id}});
  }
  return FormatJson(done);
}

}  // namespace

void AddImageRoutes(Router& router, ImageStore& images, ListImageUses uses, EventHub& events) {
  const auto door = std::make_shared<Door>(images, std::move(uses), events);
  // No lock is held while the client reads.
  const auto add = [&](absl::string_view method, absl::string_view pattern, auto answer) {
    router.Add(method, pattern, [answer](Exchange& exchange, const std::string& name) {
      ASSIGN_OR_RETURN(const std::string text, answer(exchange, name));
      exchange.SendText(text);
      return absl::OkStatus();
    });
  };
  add("GET", "/images/json", [door](const Exchange& exchange, const std::string&) {
    return ListImages(*door, exchange.request());
  });
  add("GET", "/images/*/json", [door](const Exchange& exchange, const std::string& name) {
    return InspectImage(*door, exchange.request(), name);
  });
  add("GET", "/images/*/history", [door](const Exchange& exchange, const std::string& name) {
    return ShowHistory(*door, exchange.request(), name);
  });
  add("DELETE", "/images/*", [door](const Exchange& exchange, const std::string& name) {
    return RemoveImage(*door, exchange, name);
  });
  router.Add("POST", "/images/*/tag", [door](Exchange& exchange, const std::string& name) {
    RETURN_IF_ERROR(TagImage(*door, exchange, name));
    exchange.Send(201, {}, "");
    return absl::OkStatus();
  });
  add("POST", "/images/prune", [door](const Exchange& exchange, const std::string&) {
    return PruneImages(door->images, door->uses, door->events, exchange);
  });
  router.Add("GET", "/images/get", [door](Exchange& exchange, const std::string&) {
    return SaveImages(exchange, door->images, door->events, exchange.request().QueryAll("names"));
  });
  router.Add("GET", "/images/*/get", [door](Exchange& exchange, const std::string& name) {
    return SaveImages(exchange, door->images, door->events, {name});
  });
  router.Add("POST", "/images/load", [door](Exchange& exchange, const std::string&) {
    return LoadImages(exchange, door->images);
  });
  router.Add("POST", "/images/*/push", [door](Exchange& exchange, const std::string& name) {
    return PushImage(exchange, door->images, door->events, name);
  });
  router.Add("GET", "/distribution/*/json", [door](Exchange& exchange, const std::string& name) {
    return SendDistribution(exchange, door->images, name);
  });
  router.Add("GET", "/images/search", [](Exchange&, const std::string&) {
    return absl::UnimplementedError(
        "Berth searches no registry: there is no API for it that registries share. Search "
        "https://hub.docker.com with a browser");
  });
  router.Add("POST", "/images/create", [door](Exchange& exchange, const std::string&) {
    const bool is_pull = !exchange.request().Query("fromImage").empty();
    return is_pull ? PullImages(exchange, door->images)
                   : ImportImage(exchange, door->images, door->events);
  });
}

}  // namespace berth::cri
