namespace Pawl.Cli;

/// <summary>Warnings and errors on standard error, a line each.</summary>
internal sealed class StandardErrorLogger<T> : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        Terminal.Error($"pawl: {formatter(state, exception)}{(exception is null ? "" : ": " + exception.Message)}");
    }
}
