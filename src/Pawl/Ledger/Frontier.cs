using System.Numerics;

namespace Pawl.Ledger;

/// <summary>
/// All that a Merkle tree needs to grow: its size, and the roots of the whole subtrees it consists of, the largest first: one for each
/// 1 in the binary form of the size. Appending costs as many hashes as the size has trailing ones, one on average.
/// </summary>
public sealed class Frontier
{
    private readonly List<byte[]> _peaks;

    /// <summary>The frontier of the tree without leaves.</summary>
    public Frontier() : this(0, [])
    {
    }

    private Frontier(long size, List<byte[]> peaks) => (Size, _peaks) = (size, peaks);

    /// <summary>How many leaves there are.</summary>
    public long Size { get; private set; }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; false where the length does not fit the size.</summary>
    public static bool TryRead(long size, ReadOnlySpan<byte> bytes, out Frontier frontier)
    {
        frontier = new Frontier();
        if (size < 0 || bytes.Length != BitOperations.PopCount((ulong)size) * MerkleTree.HashBytes) return false;
        var peaks = new List<byte[]>(bytes.Length / MerkleTree.HashBytes);
        for (var at = 0; at < bytes.Length; at += MerkleTree.HashBytes) peaks.Add(bytes.Slice(at, MerkleTree.HashBytes).ToArray());
        frontier = new Frontier(size, peaks);
        return true;
    }

    /// <summary>The peaks, one after the other.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[_peaks.Count * MerkleTree.HashBytes];
        for (var i = 0; i < _peaks.Count; i++) _peaks[i].CopyTo(bytes, i * MerkleTree.HashBytes);
        return bytes;
    }

    /// <summary>Adds a leaf.</summary>
    /// <returns>The roots of the whole subtrees that end with this leaf, 32 bytes each: the leaf itself first, then those it completed, upwards.</returns>
    public byte[] Append(byte[] leafHash)
    {
        ArgumentNullException.ThrowIfNull(leafHash);
        var completed = BitOperations.TrailingZeroCount(~Size);
        var nodes = new byte[(completed + 1) * MerkleTree.HashBytes];
        leafHash.CopyTo(nodes, 0);
        var node = leafHash;
        for (var level = 1; level <= completed; level++)
        {
            node = MerkleTree.HashNode(_peaks[^1], node);
            _peaks.RemoveAt(_peaks.Count - 1);
            node.CopyTo(nodes, level * MerkleTree.HashBytes);
        }

        _peaks.Add(node);
        Size++;
        return nodes;
    }

    /// <summary>The root of the tree.</summary>
    public byte[] Root()
    {
        if (_peaks.Count == 0) return MerkleTree.EmptyRoot.ToArray();
        var root = _peaks[^1];
        for (var i = _peaks.Count - 2; i >= 0; i--) root = MerkleTree.HashNode(_peaks[i], root);
        return root;
    }
}
