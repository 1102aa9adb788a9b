using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Pawl.Flags;

/// <summary>Flags for services with dependency injection.</summary>
public static class FlagServices
{
    /// <summary>
    /// Registers one <see cref="FlagClient"/> for the whole service: <c>services.AddPawlFlags(o => o.Store = database.Flags)</c>. It uses the
    /// registered <see cref="TimeProvider"/> and loggers, where there are any.
    /// </summary>
    public static IServiceCollection AddPawlFlags(this IServiceCollection services, Action<FlagClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.TryAddSingleton(provider =>
        {
            var options = new FlagClientOptions();
            configure(options);
            return new FlagClient(options, provider.GetService<TimeProvider>(), provider.GetService<ILogger<FlagClient>>());
        });
        return services;
    }
}
