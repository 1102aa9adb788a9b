using System.Globalization;
using Pawl.Changes;

namespace Pawl.Cli.Changes;

/// <summary>What happens, line by line on standard error, so that standard output holds the proposal alone; on a terminal the last line counts the time.</summary>
internal sealed class ChangeScreen : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly bool _isQuiet;
    private readonly bool _ticks;
    private readonly Lock _lock = new();
    private readonly ITimer? _timer;
    private string _now = "";
    private long _since;
    private TimeSpan? _limit;
    private int _lanes;

    /// <summary>Begins.</summary>
    /// <param name="isQuiet">Says nothing.</param>
    /// <param name="clock">The clock; one that stands still shows no times.</param>
    public ChangeScreen(bool isQuiet, TimeProvider clock)
    {
        (_isQuiet, _clock, _start) = (isQuiet, clock, clock.GetTimestamp());
        _ticks = !isQuiet && !Console.IsErrorRedirected && clock == TimeProvider.System;
        if (_ticks) _timer = clock.CreateTimer(_ => Tick(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>Shows one.</summary>
    public void Show(ChangeProgress progress)
    {
        if (_isQuiet) return;
        // Of several agents, each step says whose it is.
        _lanes = Math.Max(_lanes, progress.Lane);
        var line = Line(progress, Elapsed(), _lanes > 1);
        lock (_lock)
        {
            Clear();
            // On a terminal what has only begun is the last line, and becomes what came of it.
            if (progress.Status is not null || !_ticks) Terminal.Error(line);
            (_now, _since, _limit) = progress.Status is null ? (line, _clock.GetTimestamp(), progress.Limit) : ("", 0, null);
        }
    }

    /// <summary>It as a line.</summary>
    /// <param name="progress">What happens.</param>
    /// <param name="elapsed">When, and two blanks.</param>
    /// <param name="isOneOfSeveral">Whether it says which agent.</param>
    public static string Line(ChangeProgress progress, string elapsed = "", bool isOneOfSeveral = false)
    {
        var where = (isOneOfSeveral && progress.Lane > 0 ? string.Create(CultureInfo.InvariantCulture, $"agent {progress.Lane}  ") : "")
            + (progress.Attempt > 0 ? string.Create(CultureInfo.InvariantCulture, $"attempt {progress.Attempt} of {progress.Attempts}  ") : "");
        var mark = progress.Status switch { null => "…", CheckStatus.Failed => "✗", CheckStatus.Flaky => "~", _ => "✓" };
        return $"{mark} {elapsed}{where}{progress.Step}{(progress.Text.Length > 0 ? "  " + Terminal.Short(progress.Text, 160) : "")}";
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock) Clear();
    }

    private void Tick()
    {
        lock (_lock)
        {
            if (_now.Length == 0) return;
            var taken = TimeSpan.FromSeconds(Math.Floor(_clock.GetElapsedTime(_since).TotalSeconds));
            var left = _limit is { } limit ? $", {Words.Time(limit > taken ? limit - taken : TimeSpan.Zero)} left" : "";
            Clear();
            Terminal.ErrorPart(Terminal.Short($"{_now}  ({Words.Time(taken)}{left})", Math.Max(20, Console.WindowWidth - 1)));
        }
    }

    private void Clear()
    {
        if (_ticks) Terminal.ErrorPart("\r\u001b[K");
    }

    private string Elapsed()
    {
        if (_clock != TimeProvider.System) return "";
        var time = _clock.GetElapsedTime(_start);
        return string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}  ");
    }
}
