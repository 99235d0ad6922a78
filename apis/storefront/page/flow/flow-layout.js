/**
 * Where the parts of the picture stand: beside each other where there is room, below each other on a phone. Lengths are in
 * the units of the view box.
 * @typedef {'source_1' | 'source_2' | 'queue' | 'attempts' | 'retry' | 'endput' | 'dead'} PartName
 * @typedef {{ from: PartName, to: PartName, path: string, label?: [x: number, y: number] }} Edge
 * @typedef {{ box: [width: number, height: number], parts: Record<PartName, [x: number, y: number]>, edges: Edge[] }} FlowLayout
 */

export const PART_WIDTH = 160;
export const PART_HEIGHT = 74;

/** @type {FlowLayout} */
export const wide = {
  box: [980, 290],
  parts: {
    source_1: [1, 72],
    source_2: [1, 192],
    queue: [280, 132],
    attempts: [550, 132],
    retry: [415, 1],
    endput: [819, 72],
    dead: [819, 192],
  },
  edges: [
    { from: 'source_1', to: 'queue', path: 'M163 109H205Q221 109 221 125V141Q221 157 237 157H276', label: [192, 96] },
    { from: 'source_2', to: 'queue', path: 'M163 229H205Q221 229 221 213V197Q221 181 237 181H276', label: [192, 250] },
    { from: 'queue', to: 'attempts', path: 'M442 169H546', label: [494, 158] },
    { from: 'attempts', to: 'retry', path: 'M630 130V54Q630 38 614 38H579', label: [672, 84] },
    { from: 'retry', to: 'queue', path: 'M413 38H376Q360 38 360 54V128' },
    { from: 'attempts', to: 'endput', path: 'M712 157H748Q764 157 764 141V125Q764 109 780 109H815', label: [786, 96] },
    { from: 'attempts', to: 'dead', path: 'M712 181H748Q764 181 764 197V213Q764 229 780 229H815', label: [786, 250] },
  ],
};

/** @type {FlowLayout} */
export const tall = {
  box: [342, 500],
  parts: {
    source_1: [1, 1],
    source_2: [181, 1],
    queue: [1, 140],
    attempts: [1, 280],
    retry: [181, 210],
    endput: [1, 425],
    dead: [181, 425],
  },
  edges: [
    { from: 'source_1', to: 'queue', path: 'M61 77V136', label: [33, 112] },
    { from: 'source_2', to: 'queue', path: 'M261 77V92Q261 108 245 108H137Q121 108 121 124V136', label: [200, 98] },
    { from: 'queue', to: 'attempts', path: 'M81 216V276', label: [52, 250] },
    { from: 'attempts', to: 'retry', path: 'M163 317H245Q261 317 261 301V288', label: [214, 336] },
    { from: 'retry', to: 'queue', path: 'M261 208V193Q261 177 245 177H166' },
    { from: 'attempts', to: 'endput', path: 'M61 356V421', label: [33, 394] },
    { from: 'attempts', to: 'dead', path: 'M121 356V374Q121 390 137 390H245Q261 390 261 406V421', label: [200, 380] },
  ],
};
