using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Pawl.Benchmarks;

/// <summary>The flags of <see cref="FlagsBenchmark"/> in Microsoft's feature manager; it has no conditions of its own, so its user writes filters.</summary>
internal sealed class FeatureManagementPeer
{
    private readonly IVariantFeatureManager _features;
    private readonly User _user = new("CA", "pro", new Version(2, 10, 1));
    private readonly TargetingContext _unit = new() { UserId = "user-123456" };

    public FeatureManagementPeer()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["feature_management:feature_flags:0:id"] = "boolean",
            ["feature_management:feature_flags:0:enabled"] = "true",
            ["feature_management:feature_flags:1:id"] = "split",
            ["feature_management:feature_flags:1:enabled"] = "true",
            ["feature_management:feature_flags:1:variants:0:name"] = "a",
            ["feature_management:feature_flags:1:variants:1:name"] = "b",
            ["feature_management:feature_flags:1:allocation:seed"] = "split",
            ["feature_management:feature_flags:1:allocation:percentile:0:variant"] = "a",
            ["feature_management:feature_flags:1:allocation:percentile:0:from"] = "0",
            ["feature_management:feature_flags:1:allocation:percentile:0:to"] = "50",
            ["feature_management:feature_flags:1:allocation:percentile:1:variant"] = "b",
            ["feature_management:feature_flags:1:allocation:percentile:1:from"] = "50",
            ["feature_management:feature_flags:1:allocation:percentile:1:to"] = "100",
            ["feature_management:feature_flags:2:id"] = "targeted",
            ["feature_management:feature_flags:2:enabled"] = "true",
            ["feature_management:feature_flags:2:conditions:client_filters:0:name"] = "Europe",
            ["feature_management:feature_flags:2:conditions:client_filters:1:name"] = "Enterprise",
            ["feature_management:feature_flags:2:conditions:client_filters:2:name"] = "Version",
        }).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddFeatureManagement().AddFeatureFilter<Europe>().AddFeatureFilter<Enterprise>().AddFeatureFilter<NewVersion>();
        _features = services.BuildServiceProvider().GetRequiredService<IVariantFeatureManager>();
    }

    public async Task<(double, double)> MeasureAsync(string key, Func<Func<int>, (double, double)> measure)
    {
        if (!await IsOnAsync(key)) throw new InvalidOperationException($"{key} is off in the feature manager.");
        return measure(() => IsOnAsync(key).GetAwaiter().GetResult() ? 1 : 0); // completes at once, so nothing waits
    }

    private async ValueTask<bool> IsOnAsync(string key) => key switch
    {
        "boolean" => await _features.IsEnabledAsync(key),
        "split" => await _features.GetVariantAsync(key, _unit) is not null,
        _ => await _features.IsEnabledAsync(key, _user),
    };

    private sealed record User(string Country, string Plan, Version AppVersion);

    private abstract class Filter(Func<User, bool> holds) : IContextualFeatureFilter<User>
    {
        private static readonly Task<bool> Yes = Task.FromResult(true);
        private static readonly Task<bool> No = Task.FromResult(false);

        public Task<bool> EvaluateAsync(FeatureFilterEvaluationContext context, User user) => holds(user) ? Yes : No;
    }

    [FilterAlias("Europe")]
    private sealed class Europe() : Filter(user => user.Country is "DE" or "FR" or "IT");

    [FilterAlias("Enterprise")]
    private sealed class Enterprise() : Filter(user => user is { Plan: "enterprise", Country: "US" });

    [FilterAlias("Version")]
    private sealed class NewVersion() : Filter(user => user.AppVersion >= new Version(2, 3, 0));
}
