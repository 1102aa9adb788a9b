using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Pawl.Runs.Formats;

/// <summary>Reads the elements of a file that is one JSON array, one at a time, however large the file is.</summary>
internal static class JsonArrayFile
{
    /// <summary>The bytes of each element; they are valid until the next one is asked for.</summary>
    /// <exception cref="BadInputException">The file is no such array from here on.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Elements(Stream file)
    {
        using var window = new Window(file);
        window.SkipByteOrderMark();
        while (window.Next() is { } element) yield return element;
    }

    /// <summary>The part of the file that is in memory. Files are read twice, and large buffers are slow to be collected: they are pooled.</summary>
    private sealed class Window(Stream file) : IDisposable
    {
        private byte[] _buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        private int _start, _end;
        private long _before;
        private bool _isFinal;
        private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = Limits.JsonDepth + 1 });

        public void SkipByteOrderMark()
        {
            Fill();
            if (_buffer.AsSpan(_start, _end - _start).StartsWith("\uFEFF"u8)) _start += 3;
            if (_isFinal && _start == _end) throw new BadInputException("the file is empty");
        }

        public ReadOnlyMemory<byte>? Next()
        {
            while (true)
            {
                var found = TryNext(out var element, out var ended);
                if (ended) return null;
                if (found) return element;
                if (_isFinal) throw new BadInputException("the file ends in the middle of the array, as a half-written file does");
                if (_end - _start >= Limits.ImportedRunBytes)
                {
                    throw new BadInputException(string.Create(
                        CultureInfo.InvariantCulture, $"the run at byte {_before + _start:N0} is larger than the {Limits.ImportedRunBytes:N0} bytes allowed; the rest of the file was not read"));
                }

                Fill();
            }
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

        private bool TryNext(out ReadOnlyMemory<byte> element, out bool ended)
        {
            element = default;
            ended = false;
            try
            {
                var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _isFinal, _state);
                while (reader.Read())
                {
                    if (reader.CurrentDepth == 0 && reader.TokenType == JsonTokenType.StartArray)
                    {
                        Take(ref reader);
                        return TryNext(out element, out ended);
                    }

                    if (reader.CurrentDepth == 0)
                    {
                        ended = reader.TokenType == JsonTokenType.EndArray;
                        if (!ended) throw new BadInputException("the file holds no JSON array of trajectories");
                        return false;
                    }

                    var from = (int)reader.TokenStartIndex;
                    if (!reader.TrySkip()) return false;
                    element = _buffer.AsMemory(_start + from, (int)reader.BytesConsumed - from);
                    Take(ref reader);
                    return true;
                }

                return false;
            }
            catch (JsonException e)
            {
                throw JsonGuard.Described(e);
            }
        }

        private void Take(ref Utf8JsonReader reader)
        {
            _start += (int)reader.BytesConsumed;
            _state = reader.CurrentState;
        }

        private void Grow()
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        private void Fill()
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _before += _start;
                (_end, _start) = (_end - _start, 0);
            }

            if (_end == _buffer.Length) Grow();
            var read = file.ReadAtLeast(_buffer.AsSpan(_end), Math.Min(64 * 1024, _buffer.Length - _end), throwOnEndOfStream: false);
            _end += read;
            if (read == 0) _isFinal = true;
        }
    }
}
