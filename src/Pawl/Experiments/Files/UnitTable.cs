using System.Security.Cryptography;
using System.Text;

namespace Pawl.Experiments.Files;

/// <summary>
/// What is known of each unit while a file is read: its first arm, whether it was seen in another, and its total of each metric. A unit
/// takes the same few bytes however long its id and however many its rows.
/// </summary>
internal sealed class UnitTable(int metrics)
{
    private const byte Crossover = 0x80;

    // 128 bits of SHA-256 stand for an id: among 20 million, a chance of 10^-24 that two look the same, also for ids made to collide.
    private readonly Dictionary<UInt128, int> _rows = [];
    private readonly List<byte> _arms = [];
    private readonly List<double>[] _totals = [.. Enumerable.Range(0, metrics).Select(_ => new List<double>())];

    /// <summary>How many units there are, crossovers too.</summary>
    public int Count => _arms.Count;

    /// <summary>The row of a unit that was seen in an arm.</summary>
    public int Row(string unit, int arm)
    {
        if (_rows.TryGetValue(Digest(unit), out var row))
        {
            if ((_arms[row] & ~Crossover) != arm) _arms[row] |= Crossover;
            return row;
        }

        row = Count;
        _rows.Add(Digest(unit), row);
        _arms.Add((byte)arm);
        foreach (var totals in _totals) totals.Add(0);
        return row;
    }

    public void Add(int row, int metric, double value) => _totals[metric][row] += value;

    public void SetIfLarger(int row, int metric, double value) => _totals[metric][row] = Math.Max(_totals[metric][row], value);

    /// <summary>The arm in which a unit was seen first.</summary>
    public int FirstArm(int row) => _arms[row] & ~Crossover;

    public bool IsCrossover(int row) => (_arms[row] & Crossover) != 0;

    public double Total(int row, int metric) => _totals[metric][row];

    private static UInt128 Digest(string unit)
    {
        Span<byte> utf8 = stackalloc byte[256];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (Encoding.UTF8.TryGetBytes(unit, utf8, out var written)) SHA256.HashData(utf8[..written], hash);
        else SHA256.HashData(Encoding.UTF8.GetBytes(unit), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
