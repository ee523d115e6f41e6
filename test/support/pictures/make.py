"""Makes the HEIC files of this folder: pip install pillow pillow-heif, then python make.py.

No package of the project writes HEIC. The photo is assets/receipts/contoso-receipt-2.jpg (assets/receipts/NOTICE.md).
"""

import io
import pathlib
import struct

import pillow_heif
from PIL import Image

HERE = pathlib.Path(__file__).parent
PHOTO = HERE / "../../../assets/receipts/contoso-receipt-2.jpg"
TILE = 512


def encoded(image, quality=30, **kw):
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=quality, **kw)
    return out.getvalue()


def box(name, *parts):
    content = b"".join(parts)
    return struct.pack(">I4s", len(content) + 8, name) + content


def full(name, *parts, version=0, flags=0):
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def find(data, *path):
    """The content of a box inside of boxes."""
    for name in path:
        at = 4 if name in (b"hdlr", b"iprp") else 0
        while at < len(data):
            length, found = struct.unpack(">I4s", data[at : at + 8])
            if found == name:
                data = data[at + 8 : at + length]
                break
            at += length
        else:
            raise ValueError(name)
    return data


def ispe(width, height):
    return full(b"ispe", struct.pack(">II", width, height))


def tiled(image):
    """As telephones write it: tiles of 512 × 512, one grid, turned for showing."""
    columns, rows = -(-image.width // TILE), -(-image.height // TILE)
    files = []
    for row in range(rows):
        for column in range(columns):
            tile = Image.new("RGB", (TILE, TILE))
            tile.paste(image.crop((column * TILE, row * TILE, (column + 1) * TILE, (row + 1) * TILE)))
            files.append(encoded(tile))
    hvcc = {find(data, b"meta", b"iprp", b"ipco", b"hvcC") for data in files}
    assert len(hvcc) == 1, "all tiles must share one configuration"
    datas = [find(data, b"mdat") for data in files]
    count = len(datas)
    grid_id = count + 1
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, image.width, image.height)
    properties = box(
        b"ipco",
        box(b"hvcC", hvcc.pop()),
        ispe(TILE, TILE),
        ispe(image.width, image.height),
        box(b"irot", b"\3"),
    )
    associations = b"".join(struct.pack(">HBBB", nth + 1, 2, 0x81, 2) for nth in range(count))
    associations += struct.pack(">HBBB", grid_id, 2, 3, 0x84)
    ipma = full(b"ipma", struct.pack(">I", count + 1), associations)
    entries = [full(b"infe", struct.pack(">HH4sB", nth + 1, 0, b"hvc1", 0), version=2, flags=1) for nth in range(count)]
    entries.append(full(b"infe", struct.pack(">HH4sB", grid_id, 0, b"grid", 0), version=2))
    iref = full(b"iref", box(b"dimg", struct.pack(f">HH{count}H", grid_id, count, *range(1, count + 1))))

    def meta(data_at):
        rows, at = b"", data_at
        for nth, data in enumerate(datas):
            rows += struct.pack(">HHHHII", nth + 1, 0, 0, 1, at, len(data))
            at += len(data)
        rows += struct.pack(">HHHHII", grid_id, 1, 0, 1, 0, len(grid))
        return full(
            b"meta",
            full(b"hdlr", struct.pack(">I4s12sB", 0, b"pict", b"", 0)),
            full(b"pitm", struct.pack(">H", grid_id)),
            full(b"iinf", struct.pack(">H", count + 1), *entries),
            iref,
            box(b"iprp", properties, ipma),
            full(b"iloc", struct.pack(">BBH", 0x44, 0, count + 1), rows, version=1),
            box(b"idat", grid),
        )

    ftyp = box(b"ftyp", b"mif1", struct.pack(">I", 0), b"mif1heic")
    data_at = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(data_at) + box(b"mdat", *datas)


def claiming(data, coded, claimed):
    """A picture of far more pixels than its head says."""
    at = data.index(b"ispe") + 8
    assert struct.unpack(">II", data[at : at + 8]) == coded
    return data[:at] + struct.pack(">II", *claimed) + data[at + 8 :]


photo = Image.open(PHOTO).convert("RGB")
lying = photo.rotate(90, expand=True)
(HERE / "turned.heic").write_bytes(tiled(lying))
exif = Image.Exif()
exif[0x0112] = 1
(HERE / "plain.heic").write_bytes(encoded(photo.resize((540, 720)), exif=exif.tobytes()))
# The most that the encoder takes: 142 megapixels.
huge = (11_904, 11_904)
blank = encoded(Image.new("RGB", huge, "white"), quality=1, chroma=420)
(HERE / "bomb.heic").write_bytes(claiming(blank, huge, (640, 480)))
