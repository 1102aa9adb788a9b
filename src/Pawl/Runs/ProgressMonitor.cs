using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pawl.Runs;

/// <summary>
/// Notices a run that makes the same decision with the same result again and again. It looks at the last ten results, so that an
/// agent which swings between two decisions is noticed too, and speaks once until something else happens for ten results.
/// </summary>
internal sealed class ProgressMonitor(int threshold)
{
    private const int Window = 10;
    private readonly (int Key, bool Reported)[] _recent = new (int, bool)[Window];
    private readonly Dictionary<string, int> _pending = new(StringComparer.Ordinal);
    private int _count;

    public void Decided(string decisionId, string intent, string chosen, JsonElement parameters)
    {
        if (threshold == 0) return;
        if (_pending.Count >= Limits.OptionsPerDecision) _pending.Clear(); // decisions that never get an outcome must not pile up
        var hash = new HashCode();
        hash.Add(intent, StringComparer.Ordinal);
        hash.Add(chosen, StringComparer.Ordinal);
        if (parameters.ValueKind != JsonValueKind.Undefined) hash.AddBytes(JsonMarshal.GetRawUtf8Value(parameters));
        _pending[decisionId] = hash.ToHashCode();
    }

    /// <summary>How often the same has come out lately when that is worth a word; else 0.</summary>
    public int CameOut(string decisionId, Outcome outcome)
    {
        if (threshold == 0 || !_pending.Remove(decisionId, out var decision)) return 0;
        var hash = new HashCode();
        hash.Add(decision);
        hash.Add(outcome.Success);
        hash.Add(outcome.Error, StringComparer.Ordinal);
        if (outcome.Result.ValueKind != JsonValueKind.Undefined) hash.AddBytes(JsonMarshal.GetRawUtf8Value(outcome.Result));
        var key = hash.ToHashCode();
        var same = 1;
        var reported = false;
        for (var i = 0; i < Math.Min(_count, Window); i++)
        {
            if (_recent[i].Key != key) continue;
            same++;
            reported |= _recent[i].Reported;
        }

        var speak = same >= threshold && !reported;
        _recent[_count++ % Window] = (key, speak || reported);
        return speak ? same : 0;
    }
}
